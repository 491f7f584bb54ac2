"""What the files of a results folder are called that more than its own module looks for."""

import re

LOCK, WORK = ".lock", "work.json"
TOLD = "replications"  # the folder of what replications say, by case and policy
PART = re.compile(r"part-([0-9]+)\.parquet")
