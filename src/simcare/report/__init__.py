"""How results are told: tables and sentences made from the numbers, never beside them."""
