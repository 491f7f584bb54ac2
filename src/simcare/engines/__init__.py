"""What happens: a service lowered to arrays, and engines that play it."""
