"""Event logs read by the tool that they are for: pm4py, where it is installed."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from simcare.cli import main

pm4py = pytest.importorskip("pm4py", reason="it is large, and nothing else needs it")


@pytest.mark.filterwarnings("ignore")
def test_pm4py_reads_what_happened(tmp_path: Path) -> None:
    """Hold that pm4py finds each client, each visit and each ending of the records in the log."""
    settings = ["policy=direct_access", "replications=1", "horizon_days=900", "audit=none"]
    assert main(["run", *settings, "warm_up_days=100", f"output={tmp_path / 'r'}"]) == 0
    log = tmp_path / "log.xes"
    assert main(["events", str(tmp_path / "r"), "--format", "xes", "--output", str(log)]) == 0
    events = pm4py.convert_to_dataframe(pm4py.read_xes(str(log)))
    visits = pl.concat(
        pl.read_parquet(part) for part in (tmp_path / "r" / "visits").rglob("*.parq*")
    )
    assert events["case:concept:name"].nunique() == visits["client"].n_unique()
    assert events["concept:instance"].nunique() == len(visits)
    found = Counter(events["lifecycle:transition"])
    served = visits.filter(pl.col("started").is_not_null() & (pl.col("fate") != "missed"))
    assert found["start"] == len(served)
    ended = served.filter(pl.col("ended").is_not_null())
    assert found["complete"] == (ended["fate"] == "completed").sum()
    assert found["ate_abort"] == (ended["fate"] != "completed").sum()
    first = events.groupby("case:concept:name")["time:timestamp"].min().sort_values()
    asked = visits.group_by("client").agg(pl.col("queued").min())["queued"].sort().to_list()
    seconds = [int((moment - first.iloc[0]).total_seconds()) for moment in first]
    assert seconds == [tick - asked[0] for tick in asked]
