"""The findings of a sweep: those of its jobs side by side, each compared with the first.

Luck has addresses, so jobs that were run apart pair as well as scenarios of one run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from simcare.analysis.findings import (
    About,
    CaseNote,
    Findings,
    Swept,
    all_of_each,
    first_of_each,
)


@dataclass(frozen=True)
class Job:
    """One combination of a sweep: its name, what it found, and its swept values by path.

    The name is empty where nothing but the seed is swept.

    ``said`` is how each value is said to readers; ``luck`` names the seed where jobs differ in it:
    jobs of another seed have other people, and are compared among themselves alone.
    """

    name: str
    values: Mapping[str, float | str]
    said: Mapping[str, str]
    findings: Findings
    luck: str = ""

    @property
    def title(self) -> str:
        """The combination as readers know it."""
        return ", ".join(self.said.values())


def combine(name: str, question: str, jobs: Sequence[Job], note: str = "") -> Findings:
    """Return the findings of a sweep, in which each combination stands for a policy.

    The first scenario of the first job is the base of its case. A job that compares policies of
    its own gives a combination for each; jobs of one seed are cases of their own, where there are
    several. Raises ValueError if there is no job.
    """
    if not jobs:
        raise ValueError("a sweep needs at least one job that was run")
    scenarios, titles, cases = [], {}, {}
    swept: dict[str, Swept] = {}
    for job in jobs:
        about = job.findings.about
        for found in job.findings.scenarios:
            case, cases_title = _case(job, found.case, about)
            policy, title = _policy(job, found.policy, about)
            cases[case], titles[policy] = cases_title, title
            pairs = () if job.name else found.pairs  # else beside another base
            scenarios.append(replace(found, case=case, policy=policy, pairs=pairs))
            for path in job.values:
                swept[path] = _and(swept.get(path, Swept(path, {}, {})), policy, job)
    about = replace(
        _joined(jobs),
        name=name,
        question=question,
        note=note,
        policies=titles,
        cases=cases,
        swept=tuple(swept.values()),
    )
    return Findings(about, tuple(scenarios))


def _joined(jobs: Sequence[Job]) -> About:
    """Return what the first job was about, with what the others have besides.

    How precise results were to be was asked of each job by itself.
    """
    abouts = [job.findings.about for job in jobs]
    return replace(
        abouts[0],
        precision=None,
        looks={},
        capacities=first_of_each(about.capacities for about in abouts),
        stages=first_of_each(about.stages for about in abouts),
        marks=all_of_each(about.marks for about in abouts),
        sources=first_of_each(about.sources for about in abouts),
        places={
            _policy(job, policy, about)[0]: numbers
            for job, about in zip(jobs, abouts, strict=True)
            for policy, numbers in about.places.items()
        },
    )


def _case(job: Job, case: str, about: About) -> tuple[str, CaseNote]:
    """Return the case that a job's own case is in the sweep, and what it is for."""
    note = about.cases[case]
    if not job.luck:
        return case, note
    title = f"{note.title}, {job.luck}" if note.title else job.luck
    return f"{case}, {job.luck}", replace(note, title=title)


def _policy(job: Job, policy: str, about: About) -> tuple[str, str]:
    """Return the policy that a job's own policy is in the sweep, and its title."""
    if not job.name:
        return policy, about.policies[policy]
    if len(about.policies) == 1:
        return job.name, job.title
    return f"{job.name}+{policy}", f"{about.policies[policy]}, {job.title}"


def _and(swept: Swept, policy: str, job: Job) -> Swept:
    """Return a swept setting with its value for one more policy."""
    values = {**swept.values, policy: job.values[swept.path]}
    return Swept(swept.path, values, {**swept.said, policy: job.said[swept.path]})
