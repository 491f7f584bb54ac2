"""Holding a report and its tables against what the replications of a finished run say."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from simcare.analysis.differences import Difference, Kind
from simcare.analysis.findings import Findings
from simcare.analysis.table_names import ABOUT, OUTCOMES, REPORT
from simcare.app.auditing import is_of_another_version, is_sweep, job_in, jobs_of
from simcare.app.running import loads_of
from simcare.report.belonging import Results, results_of
from simcare.report.book import report_of
from simcare.report.page_differences import chart_differences, page_differences
from simcare.report.page_reading import contents_of
from simcare.report.verify_words import Checked
from simcare.store import CONFIG, TABLES, Folder, StoreError, answers_of, finished_folder
from simcare.store.reading import FinishedParts, file_at
from simcare.store.table_differences import table_differences
from simcare.store.tables import NotATableError, findings_from, tables_of
from simcare.study import Study, findings_of, pairs, run

Files = Mapping[str, bytes]
CHARTS = "charts/"


def verify(given: Path, folder: Path | None, workers: int) -> Checked:
    """Return where a page and tables differ from what the replications of their run say.

    ``given`` is a results folder, or a page, whose results lie in ``folder`` or beside it. Nothing
    is written. Raises StoreError if there is no finished run, or the page is not of its results;
    ConfigError if its config is none.
    """
    path = folder or (given.parent if given.is_file() else given)
    page = given if given.is_file() else path / REPORT
    if folder is not None and not given.is_file():
        raise StoreError(f"{given}: not a page; give the report.html that is to be checked")
    kept = finished_folder(path)
    says = file_at(page)
    is_own = page.resolve() == (path / REPORT).resolve()
    checking = _Sweep(kept, workers) if is_sweep(path) else _Run(kept, workers)
    says_whose = says is None or _says_whose(page, says, kept)
    why = f"{page}: it does not say of which results of simcare it is a report"
    if not (says_whose or is_own):
        raise StoreError(why)
    findings = checking.findings()
    checking.lacking += [] if says_whose else [why]
    made = {**report_of(findings, kept.origin), **answers_of(findings)}
    checking.hold(made if is_own else {})
    if says is not None:
        checking.differences += [(page, one) for one in page_differences(says, made[REPORT])]
    elif REPORT in _names(kept, "made"):
        checking.lacking.append(f"{page}: it is not there")
    contents = contents_of(made[REPORT] if says is None else says)
    return Checked(
        path=path,
        page=page if says is not None else None,
        differences=tuple(checking.differences),
        changed=tuple(checking.changed),
        lacking=tuple(checking.lacking),
        other_version=is_of_another_version(kept),
        replications=checking.replications,
        jobs=checking.jobs,
        tables=checking.tables,
        sentences=len(contents.sentences),
        grids=len(contents.tables),
        charts=len(contents.figures),
    )


def _says_whose(page: Path, says: bytes, folder: Folder) -> bool:
    """Return whether a page says of which results it is; raise StoreError if it is of others."""
    results = contents_of(says).results
    if results is not None and results != (wanted := results_of(folder.origin)):
        why = _other(results, wanted)
        raise StoreError(f"{folder.path}: these are not the results of this page: {why}")
    return results is not None


def _other(found: Results, wanted: Results) -> str:
    if found.config != wanted.config:
        return f"it is of config {found.config[:8]}, they are of {wanted.config[:8]}"
    return "the config is the same, but it is of another run or of another version of simcare"


def _names(folder: Folder, key: str) -> Sequence[str]:
    """Return the files whose checksums a provenance notes under a key."""
    noted = folder.origin.get(key)
    return [*noted] if isinstance(noted, dict) else []


@dataclass
class _Run:
    """Checks one run: what its parts say, then its tables. Made for one use."""

    folder: Folder
    workers: int
    differences: list[tuple[Path, Difference]] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    replications: int = 0
    tables: int = 0
    jobs: int = 0

    @property
    def path(self) -> Path:
        """The folder of the run."""
        return self.folder.path

    def findings(self) -> Findings:
        """Return what follows from the parts, as a report reads it, and hold the tables against it.

        Where the parts are not all as they were, it is what the tables say.
        """
        parts = FinishedParts(self.folder)
        self.changed += self._changed(parts)
        made = self._made(parts)
        if made is None:
            return self._as_told()
        known = self._tables_of(made, parts)
        there = [name for name in known if name in parts.noted or parts.is_there(name)]
        follows = {name: known[name] for name in there}
        self.hold(follows)
        return _read_back(follows, self.path)

    def _tables_of(self, made: Findings, parts: FinishedParts) -> Files:
        """Return the tables that follow from some findings."""
        return tables_of(made)

    def _changed(self, parts: FinishedParts) -> Iterator[str]:
        """Yield the files that are not as they were when the run was finished, tables apart."""
        wanted = [name for name in (CONFIG, *parts.noted_parts) if name in parts.noted]
        gone = [name for name in wanted if not parts.is_there(name)]
        if gone:
            why = f"{len(gone)} of {len(wanted)} files that it needs are not there"
            self.lacking.append(f"{self.path}: {why}, such as {gone[0]}")
        for name in wanted:
            if name not in gone and not parts.holds(name):
                yield str(self.path / name)

    def _made(self, parts: FinishedParts) -> Findings | None:
        """Return what follows from the parts; None, and why, if they are not all as they were."""
        if self.changed or self.lacking:
            return None
        try:
            return self._follows(job_in(self.folder).study, parts)
        except StoreError as error:
            self.lacking.append(str(error))
        except (ValueError, LookupError) as error:
            self.lacking.append(f"{self.path}: its parts do not fit together: {error}")
        return None

    def _follows(self, study: Study, parts: FinishedParts) -> Findings:
        results = run(study, parts, 1, _unsaid)
        played = study.with_replications([r.scene.replications for r in results])
        self.replications += sum(scene.replications for scene in played.scenes)
        (loads,) = loads_of([study], self.workers)
        return findings_of(study, results, loads, pairs(played, parts))

    def _as_told(self) -> Findings:
        """Return what the tables say, those that were changed among them."""
        parts = FinishedParts(self.folder)
        names = _tables_in(parts)
        self.changed += [str(self.path / name) for name in names if not parts.holds(name)]
        files = {name: parts.read(name) or b"" for name in names}
        return _read_back(files, self.path)

    def hold(self, follows: Files) -> None:
        """Compare files of the folder with those that follow, the page itself left out."""
        parts = FinishedParts(self.folder)
        for name, wanted in follows.items():
            if name == REPORT:
                continue
            found = parts.read(name)
            if found is None:
                if name in parts.noted or name in _names(self.folder, "made"):
                    self.differences.append((self.path, Difference(Kind.LACKING, name)))
                continue
            if name.startswith(CHARTS):
                some = chart_differences(name, found, wanted)
            else:
                self.tables += 1
                some = table_differences(name, found, wanted)
            self.differences += [(self.path, one) for one in some]


def _tables_in(parts: FinishedParts) -> list[str]:
    """Return the tables that a finished run has noted."""
    return [name for name in parts.noted if name in TABLES]


class _Sweep(_Run):
    """Checks a sweep or a search: each job by its parts, then the tables of all jobs."""

    def _made(self, parts: FinishedParts) -> Findings | None:
        """Return the findings of all jobs, under the names that they have in the sweep's tables."""
        paths, lacking = jobs_of(self.path)
        failed = self.folder.origin.get("failures") or {}
        self.lacking += [] if failed else lacking
        found = [
            scenario for path in paths for scenario in self._job(finished_folder(path)).scenarios
        ]
        told = _read_back({name: parts.read(name) or b"" for name in (ABOUT, OUTCOMES)}, self.path)
        names = [(scenario.case, scenario.policy) for scenario in told.scenarios]
        if self.changed or self.lacking:
            return None
        if len(found) != len(names):
            self.lacking.append(f"{self.path}: its tables are not of the jobs that are there")
            return None
        scenarios = tuple(
            replace(one, case=case, policy=policy, pairs=one.pairs if one.policy == policy else ())
            for one, (case, policy) in zip(found, names, strict=True)
        )
        return Findings(told.about, scenarios)

    def _tables_of(self, made: Findings, parts: FinishedParts) -> Files:
        """Return the tables that follow; what names the whole is as it stands, if unchanged."""
        if ABOUT in parts.noted and not parts.holds(ABOUT):
            self.changed.append(str(self.path / ABOUT))
        return {**tables_of(made), ABOUT: parts.read(ABOUT) or b""}

    def _job(self, folder: Folder) -> Findings:
        job = _Run(folder, self.workers)
        findings = job.findings()
        self.differences += job.differences
        self.changed += job.changed
        self.lacking += job.lacking
        self.replications += job.replications
        self.tables += job.tables
        self.jobs += 1
        return findings


def _read_back(tables: Files, path: Path) -> Findings:
    """Return the findings that tables hold; raise StoreError if they hold none."""
    try:
        return findings_from(tables.__getitem__, [*tables])
    except (NotATableError, KeyError) as error:
        raise StoreError(f"{path}/{error}") from None


def _unsaid(*_: object) -> None:
    """Say nothing of how far the reading is."""
