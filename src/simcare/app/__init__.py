"""What the commands do: from a config to a results folder with its report."""
