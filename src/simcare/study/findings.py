"""From results to findings: what a study was about, and what each scenario's replications say."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from simcare.analysis import curves, equity, flows, groups, timeline
from simcare.analysis.deadlines import breached_key, late_key
from simcare.analysis.findings import About, Findings, Found, all_of_each, first_of_each
from simcare.analysis.load import Load
from simcare.analysis.pairs import PairRow
from simcare.analysis.records import part_name
from simcare.analysis.steadiness import drift
from simcare.analysis.warm_up import WarmUp, warm_ups
from simcare.model.scenario import Plan, Scenario, split
from simcare.study.values import Result, Study
from simcare.study.window import days_measured, months_measured


def findings_of(
    study: Study,
    results: Sequence[Result],
    loads: Sequence[tuple[Load, ...]] = (),
    pairs: Sequence[tuple[PairRow, ...]] = (),
) -> Findings:
    """Return the findings of a study from the results of its scenes, in their order.

    ``loads`` and ``pairs`` are those of its scenes, in their order, where they were worked out.
    """
    nothing: Sequence[tuple[()]] = [()] * len(results)
    every = zip(results, loads or nothing, pairs or nothing, strict=True)
    found = (_found(result, mine, by_pairs, study.plan) for result, mine, by_pairs in every)
    return Findings(about(study), tuple(found))


def about(study: Study) -> About:
    """Return what readers need to know of a study besides its numbers.

    Stages, milestones and capacities are those of the first case, under all of its policies.
    """
    plan, first = study.plan, study.scenes[0]
    scenes = [scene for scene in study.scenes if scene.case == first.case]
    services = [scene.scenario.service for scene in scenes]
    found = {scene.policy: dict(_capacities(scene.scenario)) for scene in scenes}
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
        willingness_to_pay=plan.willingness_to_pay or (),
        capacities=first_of_each(found.values()),
        stages=first_of_each(
            {name: (*stage.asks_for, "")[0] for name, stage in service.stages.items()}
            for service in services
        ),
        marks=all_of_each(dict(service.milestones) for service in services),
        sources={
            **_under("service", first.scenario.service.sources),
            **_under("population", first.scenario.population.sources),
            **study.sources,
        },
        places={
            policy: {name: number for name, (_, number) in capacities.items()}
            for policy, capacities in found.items()
        },
        precision=study.precision,
        looks={scene.case: scene.looks for scene in study.scenes if scene.looks},
    )


def _under(part: str, sources: Mapping[str, str]) -> dict[str, str]:
    """Return the sources of a part of the config by their paths in the whole of it."""
    return {f"{part}.{path}": text for path, text in sources.items()}


def _capacities(scenario: Scenario) -> Iterator[tuple[str, tuple[str, int]]]:
    """Yield each capacity with what it is counted in and its number; then those of its parts.

    Categories that share one list are no parts: nobody has places of their own.
    """
    for name, capacity in scenario.service.capacities.items():
        yield name, (capacity.counted_in, capacity.number)
        for category, part in split(capacity, scenario.population).items():
            if category and capacity.lists != "one":
                yield part_name(name, category), (capacity.counted_in, part.number)


def _title(study: Study, policy: str) -> str:
    """Return a policy's title, or its parts' titles, or names where they have none."""
    parts = policy.split("+")
    return " and ".join(study.policies.get(part) or part.replace("_", " ") for part in parts)


def _found(
    result: Result, loads: tuple[Load, ...], pairs: tuple[PairRow, ...], plan: Plan
) -> Found:
    monthly = timeline.by_month(result.waiting)
    months = np.arange(1.0, monthly.shape[2] + 1)
    waiting, drifts = {}, []
    for k, capacity in enumerate(result.capacities):
        key = curves.waiting_key(capacity)
        waiting[capacity] = curves.band(key, months, monthly[:, k])
        moved = drift(capacity, monthly[:, k], plan.warm_up_days)
        drifts += [] if moved is None else [moved]
    late, breached = {}, {}
    for k, name in enumerate(result.deadlines):
        by_day = np.stack([one.late[k] for one in result.lateness])
        late[name] = curves.band(late_key(name), [*days_measured(plan)], by_day)
        by_month = np.stack([one.breached[k] for one in result.lateness])
        breached[name] = curves.band(breached_key(name), [*months_measured(plan)], by_month)
    return Found(
        case=result.scene.case,
        policy=result.scene.policy,
        outcomes=result.outcomes,
        curves=curves.gather(result.curves),
        flows=tuple(flows.gather(result.flows)),
        waiting=waiting,
        drifts=tuple(drifts),
        loads=loads,
        late=late,
        breached=breached,
        numbers=groups.gather(result.numbers),
        pairs=pairs,
        equity=equity.gather(result.traits, result.equity),
        warm_ups=_warm_ups(result, plan),
    )


def _warm_ups(result: Result, plan: Plan) -> tuple[WarmUp, ...]:
    """Return what the lists say of the warm-up; nothing where a run begins with people."""
    if result.scene.scenario.beginning is not None:
        return ()
    lists = {name: result.waiting[:, k] for k, name in enumerate(result.capacities)}
    return warm_ups(lists, plan.warm_up_days)
