"""What a service and its clients are: frozen values, valid by construction."""
