"""pathway-6 in JaamSim: its input file, and what a run of it says.

A stage is a Queue with a renege time and an EntityProcessor with a capacity. JaamSim says no CPU
time of its own: a run's is that of a process with several, less that of one with a single run.
"""

import math
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import specification as spec
from players import SMALL, CannotPlayError, Player, StartUp, Turn, called
from specification import STAGES, Totals

INPUT, ANSWER = "pathway6.cfg", "pathway6.dat"
PATIENT = [name for name, mean in zip(STAGES, spec.PATIENCE, strict=True) if mean is not None]
NEXT = {
    "gp": "queue_assessment",
    "assessment": "need",
    "detox": "queue_residential",
    "residential": "queue_aftercare",
    "aftercare": "over",
}


def distributions(scale: float) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Return the kind, name and settings of each distribution."""
    yield "Exponential", "gap", {"Mean": f"{1 / (spec.PER_DAY * scale):.12g} d"}
    yield "Exponential", "stay_gp", {"Mean": f"{spec.GP_MEAN} d"}
    yield "Exponential", "stay_assessment", {"Mean": f"{spec.ASSESSMENT_MEAN} d"}
    logarithm = {
        "NormalMean": f"{spec.LOG_MEAN:.12g}",
        "NormalStandardDeviation": f"{spec.LOG_SD:.12g}",
    }
    yield "LogNormal", "stay_detox", {"Scale": "1 d", **logarithm}
    gamma = {"Mean": f"{spec.RESIDENTIAL_MEAN} d", "Shape": f"{spec.RESIDENTIAL_SHAPE}"}
    yield "Gamma", "stay_residential", gamma
    yield "Exponential", "stay_aftercare", {"Mean": f"{spec.AFTERCARE_MEAN} d"}
    weibull = {"Scale": f"{spec.BACK_SCALE} d", "Shape": f"{spec.BACK_SHAPE}"}
    yield "Weibull", "time_away", weibull
    for name, mean in zip(STAGES, spec.PATIENCE, strict=True):
        if mean is not None:
            yield "Exponential", f"patience_{name}", {"Mean": f"{mean} d"}


def _chance(scale: float) -> Iterator[str]:
    for number, (kind, name, settings) in enumerate(distributions(scale), 1):
        yield f"Define {kind}Distribution {{ {name} }}"
        yield f"{name} UnitType {{ TimeUnit }}"
        yield f"{name} RandomSeed {{ {number} }}"
        yield from (f"{name} {key} {{ {value} }}" for key, value in settings.items())
    for number, name in enumerate(("who_needs_detox", "who_comes_back"), 101):
        yield f"Define UniformDistribution {{ {name} }}"
        yield f"{name} UnitType {{ DimensionlessUnit }}"
        yield f"{name} RandomSeed {{ {number} }}"
        yield f"{name} MinValue {{ 0 }}"
        yield f"{name} MaxValue {{ 1 }}"


def _stages(scale: float) -> Iterator[str]:
    for name, number in zip(STAGES, spec.places(scale), strict=True):
        yield f"Define Queue {{ queue_{name} }}"
        yield f"Define EntityProcessor {{ {name} }}"
        yield f"{name} WaitQueue {{ queue_{name} }}"
        yield f"{name} Capacity {{ {number} }}"
        yield f"{name} ServiceTime {{ stay_{name} }}"
    for name in PATIENT:
        yield f"queue_{name} RenegeTime {{ patience_{name} }}"


def _paths() -> Iterator[str]:
    yield "Define SimEntity { person }"
    yield "Define EntityGenerator { arrivals }"
    yield "Define EntitySink { out }"
    yield "Define EntityDelay { away }"
    yield "Define Assign { comes_back }"
    yield "Define Branch { need over }"
    yield "person AttributeDefinitionList { { episode 1 } }"
    yield "arrivals PrototypeEntity { person }"
    yield "arrivals NextComponent { queue_gp }"
    yield "arrivals InterArrivalTime { gap }"
    yield "arrivals FirstArrivalTime { gap }"
    yield from (f"{name} NextComponent {{ {target} }}" for name, target in NEXT.items())
    yield from (f"queue_{name} RenegeDestination {{ over }}" for name in PATIENT)
    yield "need NextComponentList { queue_detox queue_residential }"
    yield f"need Choice {{ '[who_needs_detox].Value < {spec.DETOX_SHARE} ? 1 : 2' }}"
    yield "over NextComponentList { away out }"
    back = f"this.obj.episode < {spec.EPISODES} && [who_comes_back].Value < {spec.BACK_SHARE}"
    yield f"over Choice {{ '{back} ? 1 : 2' }}"
    yield "away Duration { time_away }"
    yield "away NextComponent { comes_back }"
    yield "away Animation { FALSE }"
    yield "comes_back AttributeAssignmentList { { 'this.obj.episode = this.obj.episode + 1' } }"
    yield "comes_back NextComponent { queue_assessment }"


def _simulation(scale: float, seed: int, runs: int) -> Iterator[str]:
    outputs = []
    for name, number in zip(STAGES, spec.places(scale), strict=True):
        queue = f"[queue_{name}]"
        outputs += [
            f"{{ '{queue}.NumberAdded - {queue}.NumberReneged - {queue}.QueueLength' }}",
            f"{{ '{queue}.NumberReneged' }}",
            f"{{ '{queue}.AverageQueueTime/1[d]' }}",
            f"{{ '{queue}.QueueLengthAverage' }}",
            f"{{ '[{name}].UnitsInUseAverage/{number}' }}",
        ]
    yield f"Simulation RunDuration {{ {spec.HORIZON} d }}"
    yield f"Simulation NumberOfReplications {{ {runs} }}"
    yield "Simulation PrintReplications { TRUE }"
    yield f"Simulation GlobalSubstreamSeed {{ '{seed} + this.ReplicationNumber' }}"
    yield f"Simulation RunOutputList {{ {' '.join(outputs)} }}"


def input_file(scale: float, seed: int, runs: int) -> str:
    """Return JaamSim's input file for so many runs from a seed on."""
    lines = [*_chance(scale), *_stages(scale), *_paths(), *_simulation(scale, seed, runs)]
    defined = [line for line in lines if line.startswith("Define")]
    others = [line for line in lines if not line.startswith("Define")]
    return "\n".join(["RecordEdits", *defined, *others, ""])


def read(answer: str) -> list[list[Totals]]:
    """Return the totals of each run.

    Where people leave, its mean wait counts their waits too: there it is nan.
    """
    runs = []
    for line in answer.splitlines():
        words = [word for word in line.split("\t") if word.strip()]
        if len(words) < 2 or not (words[0].isdigit() and words[1].isdigit()):
            continue
        values = [float(word) for word in words[2:]]
        stages = [Totals(*values[5 * k : 5 * k + 5]) for k in range(len(STAGES))]
        runs.append(
            [
                replace(stage, mean_wait=math.nan) if name in PATIENT else stage
                for name, stage in zip(STAGES, stages, strict=True)
            ]
        )
    return runs


class JaamSim(Player):
    """JaamSim, one process for each turn."""

    def __init__(self, classes: str, clients: int) -> None:
        self.classes, self.scale = classes, clients / spec.CLIENTS
        began = time.perf_counter()
        cpu, _ = self._runs(SMALL, 0, 1)
        self.start_up = StartUp(time.perf_counter() - began, cpu)

    def _runs(self, scale: float, seed: int, runs: int) -> tuple[float, list[list[Totals]]]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            (path / INPUT).write_text(input_file(scale, seed, runs), encoding="utf-8")
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            gui = "com.jaamsim.ui.GUIFrame"
            called(["java", "-cp", self.classes, gui, INPUT, "-b", "-h"], folder)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            answer = path / ANSWER
            if not answer.exists():
                raise CannotPlayError(f"JaamSim wrote no {ANSWER}: {sorted(os.listdir(folder))}")
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return cpu, read(answer.read_text(encoding="utf-8"))

    def play(self, seed: int, times: int) -> Turn:
        """Run once, and so many times more; the difference is what is counted."""
        once, _ = self._runs(self.scale, seed, 1)
        cpu, totals = self._runs(self.scale, seed, times + 1)
        return Turn((cpu - once) / times, totals[1:])
