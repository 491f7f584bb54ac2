"""From results to findings: what a study was about, and what each scenario's replications say."""

from collections.abc import Iterator, Sequence

import numpy as np

from simcare.analysis import curves, flows
from simcare.analysis.findings import About, Findings, Found
from simcare.analysis.records import part_name
from simcare.analysis.steadiness import drift
from simcare.model.scenario import Plan, Scenario, split
from simcare.study.values import Result, Study


def findings_of(study: Study, results: Sequence[Result]) -> Findings:
    """Return the findings of a study from the results of its scenes, in their order."""
    return Findings(about(study), tuple(_found(result, study.plan) for result in results))


def about(study: Study) -> About:
    """Return what readers need to know of a study besides its numbers.

    Capacities and sources are those of the first scene.
    """
    plan, first = study.plan, study.scenes[0].scenario
    policies = dict.fromkeys(scene.policy for scene in study.scenes)
    return About(
        name=study.name,
        question=study.question,
        note=study.note,
        policies={policy: _title(study, policy) for policy in policies},
        cases=dict(study.cases),
        start_date=plan.start_date.isoformat(),
        horizon_days=plan.horizon_days,
        warm_up_days=plan.warm_up_days,
        deadline_days=plan.deadline_days,
        seed=plan.seed,
        smallest_people=plan.smallest_difference_that_matters,
        smallest_days=plan.smallest_days_that_matter,
        capacities=dict(_capacities(first)),
        stages={name: stage.asks_for or "" for name, stage in first.service.stages.items()},
        marks=dict(first.service.milestones),
        sources={
            **{f"service.{path}": text for path, text in first.service.sources.items()},
            **{f"population.{path}": text for path, text in first.population.sources.items()},
        },
    )


def _capacities(scenario: Scenario) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield each capacity with what it is counted in and its number; then its parts, if split."""
    for name, capacity in scenario.service.capacities.items():
        yield name, (capacity.counted_in, capacity.number)
        for category, part in split(capacity, scenario.population).items():
            if category:
                yield part_name(name, category), (capacity.counted_in, part.number)


def _title(study: Study, policy: str) -> str:
    """Return a policy's title, or its parts' titles, or names where they have none."""
    parts = policy.split("+")
    return " and ".join(study.policies.get(part) or part.replace("_", " ") for part in parts)


def _found(result: Result, plan: Plan) -> Found:
    months = np.arange(1.0, result.waiting.shape[2] + 1)
    waiting, drifts = {}, []
    for k, capacity in enumerate(result.capacities):
        key = curves.waiting_key(capacity)
        waiting[capacity] = curves.band(key, months, result.waiting[:, k])
        moved = drift(capacity, result.waiting[:, k], plan.warm_up_days)
        drifts += [] if moved is None else [moved]
    return Found(
        case=result.scene.case,
        policy=result.scene.policy,
        outcomes=result.outcomes,
        curves=curves.gather(result.curves),
        flows=tuple(flows.gather(result.flows)),
        waiting=waiting,
        drifts=tuple(drifts),
    )
