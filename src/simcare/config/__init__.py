"""The world's way in: YAML files and the command line become a study, or one clear message."""
