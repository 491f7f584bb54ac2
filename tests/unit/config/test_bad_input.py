"""Bad input gives one clear message for all problems, exit code 2, and nothing written."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Command = Callable[[Sequence[str]], tuple[int, str, list[Path]]]

QUEUE = ("service=one_queue", "population=plain")
MINE = ("service=mine", "population=plain")
STAGE = "service.stages.detox"
SHORTER = "must be shorter than horizon_days, {}, by a day or more"
SERVICE = """
arrivals:
  people: {per_day: 0.9}
ways_in:
  door: {stage: queue, share: 1.0}
capacities:
  places: {beds: 1}
stages:
  queue:
    asks_for: places
    stay_days: {exponential: {mean: 1}}
    next: {completed: out}
"""
LOST = """  lost:
    stay_days: {fixed: 1}
    next: {completed: out}
"""
BOMB = "a0: &a0 [1, 1]\n" + "".join(
    f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]\n" for k in range(1, 12)
)
MERGE_BOMB = "a0: &a0 {x: 1}\n" + "".join(
    f"a{k}: &a{k} {{<<: [{', '.join([f'*a{k - 1}'] * 9)}]}}\n" for k in range(1, 12)
)

# (arguments, what must be said): problems on the command line.
COMMAND_LINE: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
    (("sead=2",), ("sead = 2: unknown key; allowed: seed, ", "did you mean seed?")),
    (("+typo=1",), ("typo = 1: unknown key; allowed: seed, ",)),
    (("policy=direct_acess",), ("policy = direct_acess: unknown policy;", "direct_access?")),
    (("experiment=acces",), ("experiment = acces: unknown experiment; allowed: access",)),
    (("service=regoin",), ("service = regoin: unknown service;", "did you mean region?")),
    (("population=norwya",), ("population = norwya: unknown", "did you mean norway?")),
    (("experiment=[a]",), ("experiment = [a]: unknown experiment",)),
    (
        ("engine=compilde",),
        ("engine = compilde: allowed: compiled, reference; did you mean compiled?",),
    ),
    (("engine=null",), ("engine = null: allowed: compiled, reference",)),
    (("wilingness_to_pay=3",), ("unknown key;", "did you mean willingness_to_pay?")),
    *(
        ((f"willingness_to_pay={given}",), (f"willingness_to_pay = {given}: a price above 0",))
        for given in ("-3", "0", "much", "true", ".nan")
    ),
    (("willingness_to_pay=[]",), ("willingness_to_pay = []: at least 1 required",)),
    (("willingness_to_pay=[1,2,3,4,5,6]",), ("willingness_to_pay = ", "at most 5 allowed")),
    (("willingness_to_pay=[5,5]",), ("willingness_to_pay = [5, 5]: 5 is there twice",)),
    (("willingness_to_pay=[5,-5]",), ("willingness_to_pay.1 = -5: must be above 0",)),
    (
        ("service.capacities.residential.beds=-3",),
        ("service.capacities.residential.beds = -3: must be 0 or more",),
    ),
    (("service.capacities.detox.beds=2.5",), ("beds = 2.5: a whole number is required",)),
    (("service.capacities.detox.beds=" + "9" * 40,), ("must be 1000000 or less",)),
    (("service.capacities.detox.bed=3",), ("there is no bed in", "did you mean beds?")),
    (("service.capacities.detox.units=20",), ("at least one for each of the 20 units",)),
    (("service.capacities.aftercare.together=1",), ("together = 1: must be 2 or more",)),
    (("service.capacities.aftercare.together=2.5",), ("together = 2.5: a whole number",)),
    (
        ("service.capacities.aftercare.together=121",),
        ("together = 121: no group can start: a list never has more than 120 places",),
    ),
    (
        ("service.capacities.residential.together=23",),
        ("together = 23: no group can start: a list never has more than 22 places",),
    ),
    (
        (
            "service.capacities.residential.together=10",
            "service.capacities.residential.staff={members: 13, caseload: 4}",
            "service.capacities.residential.beds=null",
        ),
        ("together = 10: no group can start: a list never has more than 8 places",),
    ),
    (
        (
            "service.capacities.aftercare.together=8",
            "service.capacities.aftercare.bought={price_per_day: 100, at_most_days: 100, "
            "budget_per_year: 79999}",
        ),
        ("together = 8: no group can start: the budget must pay for a whole one, 80000",),
    ),
    (
        ("service.capacities.aftercare.together=8", "service.stages.aftercare.hold=true"),
        ("aftercare is given to several together: it is asked for alone, and cannot be held",),
    ),
    (
        (
            "service.capacities.aftercare.together=8",
            "service.stages.aftercare.asks_for=[aftercare, detox]",
        ),
        ("aftercare is given to several together: it is asked for alone, and cannot be held",),
    ),
    (
        ("service.capacities.residential.together=8", "service.stages.detox.hold=true"),
        ("detox.hold = true: next comes residential, which is given to several together",),
    ),
    (
        ("service.stages.detox.costs=[{payer: state}]",),
        ("detox.costs.0: per_day, per_visit or per_day_waiting is required",),
    ),
    (("seed=two",), ("seed = two: a whole number is required",)),
    (("seed=-1",), ("seed = -1: must be 0 or more",)),
    (("seed=18446744073709551616",), ("must be 18446744073709551615 or less",)),
    (("seed=" + "9" * 5000,), ("not understood",)),
    (("seed=null",), ("seed = null: a whole number is required",)),
    (("seed=true",), ("seed = true: a number is required, not true or false",)),
    (("seed=7", "seed=8"), ("seed: given twice",)),
    (("seed.x=1",), ("seed.x = 1: seed is 1: there is nothing inside",)),
    (("horizon_days=nan",), ("horizon_days = nan: a finite number is required",)),
    (("horizon_days=.nan",), ("horizon_days = .nan: a number is required",)),
    (("horizon_days=inf",), ("horizon_days = inf: a finite number is required",)),
    (("warm_up_days=.inf",), ("warm_up_days = .inf: a number is required",)),
    (("horizon_days=100",), (f"warm_up_days = 1460: {SHORTER.format(100)}",)),
    (("horizon_days=2000000",), ("horizon_days = 2000000: must be 500000 or less",)),
    (
        ("start_date=9999-12-01", "horizon_days=30"),
        ("horizon_days = 30: must be below 30: the calendar ends on 9999-12-31, and the run",),
    ),
    (("start_date=9999-12-30",), ("the run begins on 9999-12-30: let it begin earlier",)),
    (("horizon_days=30.000001", "warm_up_days=30"), (SHORTER.format("30.000001"),)),
    (("horizon_days=31.999", "warm_up_days=31"), (SHORTER.format("31.999"),)),
    (("horizon_days=0.000001", "warm_up_days=0"), ("horizon_days = 1e-06: must be 1 or more",)),
    (
        (f"{STAGE}.reviewed={{after_days: 0.00002, every_days: 0.00002}}",),
        (f"{STAGE}.reviewed.every_days = 2e-05: must be 1 or more: once a day at most",),
    ),
    (("service.capacities.detox.beds=010",), ("beds = 010: a whole number is required",)),
    (("service.capacities.detox.beds=1:30",), ("beds = 1:30: a whole number is required",)),
    (
        ("experiment=access", "study.question='a\x1b[31mb'"),
        ("study.question = a\N{REPLACEMENT CHARACTER}[31mb: a sign that controls a terminal",),
    ),
    (("policy={a: b}",), ("policy = {a: b}: a policy's name is required, or a list",)),
    (("start.sha256=abc",), ("start.sha256 = abc: 64 hexadecimal digits",)),
    (("+start.foo=1",), ("start.foo = 1: unknown key; allowed: people, after_days",)),
    (
        ("experiment=access", "study.policies=[A b]"),
        ("study.policies.0 = A b: a policy's name is required, or several such as one+other",),
    ),
    (("start_date=2017-13-01",), ("start_date = 2017-13-01: a date such as",)),
    (("start_date=2017",), ("start_date = 2017: a date such as",)),
    (("replications=0",), ("replications = 0: must be 1 or more",)),
    (("workers=0",), ("workers = 0: must be 1 or more",)),
    (("workers=100000",), ("workers = 100000: must be 256 or less",)),
    (("output=''",), ("output = an empty text: a text is required",)),
    (("warm_up_days=0,5",), ("warm_up_days = 0,5: a decimal has a point here: 0.5",)),
    (("seed=1,2,3",), ("several values are a sweep",)),
    (("seed=range(1,3)",), ("several values are a sweep",)),
    (("a=b=c",), ("a=b=c: not understood",)),
    (("=",), ("unknown key",)),
    (("",), ("an empty text: not understood",)),
    (("seed=[1",), ("seed=[1: not understood",)),
    (("seed=}",), ("seed=}: not understood",)),
    (("seed",), ("seed: not understood",)),
    (("~seed",), ("nothing can be deleted",)),
    (("service.capacities.d\u00e9tox.beds=3",), ("not understood",)),
    (("service={}",), ("service.arrivals: is required", "service.stages: is required")),
    (("service=null",), ("service = null: keys with values are required",)),
    (("service=[1]",), ("service = [1]: keys with values are required",)),
    (("population=null",), ("population = null: keys with values are required",)),
    (("population.attributes={}",), ("population.attributes = {}: at least 1 required",)),
    (("service.stages=null",), ("service.stages = null: keys with values are required",)),
    (("service.stages=[a]",), ("service.stages = [a]: keys with values are required",)),
    ((f"{STAGE}=null",), ("service.stages.detox = null: keys with values are required",)),
    ((f"{STAGE}.next={{}}",), ("next.completed: where next when completed?", "next.left: where")),
    ((f"{STAGE}.next.completed=nowhere",), ("next.completed = nowhere: unknown stage; allowed",)),
    ((f"{STAGE}.next.completed=5",), ("completed = 5: a stage, shares of stages, or a list",)),
    (
        (f"{STAGE}.next.completed={{residential: 0.5, home: 0.6}}",),
        ("service.stages.detox.next.completed: the shares must sum to 1, not 1.1",),
    ),
    ((f"{STAGE}.asks_for=beds",), ("asks_for = beds: not among the capacities; allowed",)),
    ((f"{STAGE}.stay_days={{weibull: {{scale: 1, shape: 0}}}}",), ("shape = 0: must be above 0",)),
    ((f"{STAGE}.stay_days={{uniform: {{low: 5, high: 1}}}}",), ("uniform: low must be below",)),
    ((f"{STAGE}.stay_days={{log_normal: {{mean: 3, sd: 0}}}}",), ("sd = 0: must be above 0",)),
    ((f"{STAGE}.stay_days={{log_normal: {{mean: 1e-300, sd: 1}}}}",), ("must be 1e-09 or more",)),
    ((f"{STAGE}.stay_days={{fixed: -1}}",), ("a length of time cannot be negative",)),
    ((f"{STAGE}.stay_days={{fixed: 1e300}}",), ("must be 1000000000000 or less",)),
    ((f"{STAGE}.stay_days={{}}",), ("exactly one distribution is required, not 0",)),
    (
        (f"{STAGE}.stay_days=1 hour",),
        ("stay_days = 1 hour: keys with values are required; allowed: exponential, weibull, log",),
    ),
    ((f"{STAGE}.stay_days=null",), ("stay_times: there is no length to multiply",)),
    (
        (f"{STAGE}.stay_times=[{{factor: 2, when: {{severity: 3}}}}]",),
        ("severity = 3: a category is required, or a range such as {at_least: 0.2, below: 0.5}",),
    ),
    (("service.ways_in.gp_referral.share=0.5",), ("service.ways_in: the shares must sum to 1",)),
    (("service.capacities.residential.beds=+12",), ("= +12: this would set 12, not add it",)),
    (("service.capacities.residential.beds=1,000",), ("a number has no comma: 1000, or 1.000",)),
    (("service.arrivals.residents.per_year=1e9",), ("people would come; at most 10,000,000",)),
    (("service.arrivals.residents.open=false",), ("service.arrivals: nobody would come",)),
    (("service.arrivals.residents.months=[1,2]",), ("at least 12 required",)),
    (("policy=null",), ("policy = null: a policy's name is required, or a list",)),
    (("policy=[]",), ("policy = []: a policy's name is required",)),
    (("policy=5",), ("policy = 5: a policy's name is required",)),
    (("policy=[direct_access,direct_access]",), ("direct_access is there twice",)),
    (
        ("policy=direct_access", "experiment=access"),
        ("policy = direct_access: the experiment access compares its own policies",),
    ),
    (
        ("policy=direct_access", "service.ways_in.direct_access.share=0.5"),
        (
            "service.ways_in.direct_access.share: both the command line and the policy "
            "direct_access set it",
        ),
    ),
    (
        ("policy=direct_access", *QUEUE),
        ("the policy direct_access: set service.ways_in.gp_referral.share = 0.0: there is no",),
    ),
    (("experiment=access", "study.policies=gp_referral"), ("gp_referral: a list is required",)),
    (("experiment=access", "study.policies=[]"), ("study.policies = []: at least 1 required",)),
    (("experiment=access", "study.cases=null"), ("study.cases = null: keys with values",)),
    (("experiment=access", "study.cases.odd={}"), ("there is no odd in study.cases",)),
    (
        ("population=plain",),
        ("drop_out.times.0.when.underlying_need = present: unknown attribute",),
    ),
    (
        ("service.capacities.detox.beds=2", "service.capacities.detox={beds: 3}"),
        ("service.capacities.detox.beds: the command line sets it twice",),
    ),
]

# (contents of configs/service/mine.yaml, what must be said).
FILES: list[tuple[str | bytes, tuple[str, ...]]] = [
    ("", ("configs/service/mine.yaml: keys with values are required, not null",)),
    ("[1, 2]", ("configs/service/mine.yaml: keys with values are required, not [1, 2]",)),
    ("a: [1, }", ("configs/service/mine.yaml, line 1, column 8: not YAML",)),
    ("a:\n\t- 1", ("configs/service/mine.yaml, line 2, column 1: not YAML",)),
    (SERVICE + "stages: {}\n", ("the key stages is there twice",)),
    ("description: \u00e9".encode("latin-1"), ("mine.yaml: not UTF-8 (byte 13)",)),
    (b"a: \0", ("mine.yaml: not YAML",)),
    ("#" * 2_000_000, ("2000000 bytes; at most",)),
    (BOMB, ("mine.yaml: not YAML that is read here: more than",)),
    (MERGE_BOMB, ("only one mapping can be merged",)),
    ("a: " + "[" * 5000, ("mine.yaml: more than 40 levels",)),
    ("a: &a [*a]", ("mine.yaml, line 1, column 4: not YAML",)),
    ("a: " + "9" * 5000, ("mine.yaml: not YAML that is read here",)),
    ("a: !!set {x}", ("mine.yaml: a = {'x'}: texts, numbers",)),
    ('a: "\\ud800"', ("it is not Unicode text",)),
    ("yes: 1", ("mine.yaml: true: a key must be a text",)),
    ("a: {5: }", ("mine.yaml: a.5: a key must be a text",)),
    ("a: !decimal-comma x", ("mine.yaml, line 1, column 4: not YAML",)),
    (
        "a: {low: 0,05, mode: -1,05, high: 2}\nb: [{c: 3,5}]\n",
        (
            "mine.yaml: service.a.low = 0,05: a decimal has a point here: 0.05",
            "mine.yaml: service.a.mode = -1,05: a decimal has a point here: -1.05",
            "mine.yaml: service.b.0.c = 3,5: a decimal has a point here: 3.5",
        ),
    ),
    (
        SERVICE.replace("{per_day: 0.9}", "\n    per_day: 0,9"),
        ("mine.yaml: service.arrivals.people.per_day = 0,9: a decimal has a point here: 0.9",),
    ),
    (SERVICE.replace("0.9", ".nan"), ("people.per_day = nan: a finite number is required",)),
    (SERVICE.replace("0.9", ".inf"), ("people.per_day = inf: a finite number is required",)),
    (SERVICE.replace("0.9", "010"), ("people.per_day = 010: YAML would read it as 8: write the",)),
    (
        SERVICE.replace("0.9", "1:30").replace("beds: 1", "beds: 1:30:00"),
        (
            "arrivals.people.per_day = 1:30: YAML would read it as 90",
            "capacities.places.beds = 1:30:00: YAML would read it as 5400",
        ),
    ),
    (SERVICE + 'description: "a\\eb"', ("a sign that controls a terminal is in it",)),
    (SERVICE + 'description: "\\u202eb"', ("a sign that controls a terminal is in it",)),
    (SERVICE.replace("0.9", "null"), ("people: give one rate: per_day or per_year",)),
    (SERVICE.replace("people:", "m\u00e9nsen:"), ("a name of lower-case letters",)),
    (SERVICE.replace("people:", '"{0}":'), ("service.arrivals.{0} = {0}: a name",)),
    (SERVICE + LOST, ("service.stages.lost: unreachable",)),
    (SERVICE.replace("    stay_days: {exponential: {mean: 1}}\n", ""), ("without exit",)),
    (
        SERVICE.replace("exponential: {mean: 1}", "fixed: 0").replace("d: out", "d: queue"),
        ("service.stages.queue: a loop without time: queue -> queue",),
    ),
    (
        SERVICE.replace("beds: 1", "beds: -1").replace("completed: out", "completed: nowhere"),
        (
            "configs/service/mine.yaml: service.capacities.places.beds = -1: must be 0 or more",
            "configs/service/mine.yaml: service.stages.queue.next.completed = nowhere: unknown",
        ),
    ),
    (
        SERVICE.replace("share: 1.0", "share: 0.7")
        .replace("mean: 1", "mean: -1, sd: 2")
        .replace("0.9", "many")
        .replace("    next", "    stay_times: [{factor: 2, when: {mood: bad}}]\n    next"),
        (
            "service.ways_in: the shares must sum to 1, not 0.7",
            "exponential.mean = -1: must be above 0",
            "exponential.sd = 2: unknown key; allowed: mean",
            "people.per_day = many: a number is required",
            "stay_times.0.when.mood = bad: unknown attribute; allowed: motivation",
        ),
    ),
]


def check(command: Command, arguments: Sequence[str], fragments: Sequence[str]) -> list[str]:
    """Run a command that must be refused; return its problems, a line for each."""
    code, said, written = command(["run", *arguments])
    header, *lines = said.splitlines()
    assert code == 2
    assert written == []
    count = re.fullmatch(r"simcare: (\d+) problems?, nothing was run:", header)
    assert count is not None, said
    assert int(count.group(1)) == len(lines) == len(set(lines))
    for fragment in fragments:
        assert any(fragment in line for line in lines), said
    return lines


@pytest.mark.parametrize(
    ("arguments", "fragments"), COMMAND_LINE, ids=lambda value: " ".join(value)[:50]
)
def test_a_bad_command_line_is_refused(
    command: Command, arguments: tuple[str, ...], fragments: tuple[str, ...]
) -> None:
    """Hold that the message says path, value and what is allowed, and that nothing is written."""
    check(command, arguments, fragments)


@pytest.mark.parametrize(("content", "fragments"), FILES)
def test_a_bad_file_is_refused(
    command: Command, folder: Path, content: str | bytes, fragments: tuple[str, ...]
) -> None:
    """Hold that what is wrong in a file is said with the file's name, all of it at once."""
    data = content if isinstance(content, bytes) else content.encode()
    (folder / "service" / "mine.yaml").write_bytes(data)
    lines = check(command, MINE, fragments)
    assert all("configs/service/mine.yaml" in line for line in lines)


# What is wrong where a capacity is split: (the capacity of one_queue, what must be said, how many).
HOMES = (
    "population.attributes={motivation: {number: {fixed: 1}}, severity: {number: {fixed: 0}}, "
    "home: {shares: {east: 0.5, west: 0.5}}, kind: {shares: {one: 0.5, two: 0.5}}}"
)
SPLIT: list[tuple[str, tuple[str, ...], int]] = [
    (
        "{by: home, beds: {east: 1, wst: 2}}",
        (
            "places.beds.wst = 2: not a category of home; allowed: east, west; did you mean west?",
            "places.beds.west: a number for each category of home is required; is wst meant for it",
        ),
        2,
    ),
    ("{by: home, beds: {east: 1}}", ("beds.west: a number for each category of home is",), 1),
    ("{by: home, beds: {}}", ("beds.east: a number", "beds.west: a number"), 2),
    (
        "{by: home, beds: 3}",
        ("beds = 3: one number for each category of home is required, such as {<category>: 12}",),
        1,
    ),
    ("{by: home, slots: {east: 1, west: 2.5}}", ("slots.west = 2.5: a whole number",), 1),
    (
        "{by: home, beds: {east: -1, west: two}, units: {east: 0, west: 1, north: 1}}",
        (
            "places.beds.east = -1: must be 0 or more",
            "places.beds.west = two: a whole number is required",
            "places.units.east = 0: must be 1 or more",
            "places.units.north = 1: not a category of home; allowed: east, west",
        ),
        4,
    ),
    ("{beds: {east: 1, west: 1}}", ("places.beds: one number is required; one for each",), 1),
    ("{beds: 1, units: {east: 1, west: 1}}", ("places.units: one number is required",), 1),
    (
        "{by: home, beds: {east: 1, west: 3}, units: {east: 1, west: 4}}",
        ("places: at least one for each of the 4 units of west, or 0, is required",),
        1,
    ),
    (
        "{by: home, beds: {east: 2, west: 0}, units: 2, changes: [{day: 3, number: {east: 1}}]}",
        ("places.changes.0.number.west: a number for each",),
        2,  # ... and one bed is too few for two units
    ),
    (
        "{by: home, beds: {east: 2, west: 2}, changes: [{day: 3, number: 1}]}",
        ("places.changes.0.number = 1: one number for each category of home",),
        1,
    ),
    (
        "{by: home, beds: {east: 900, west: 900}, units: 600}",
        ("places: at most 1000 units in all are allowed, not 1200",),
        1,
    ),
    (
        "{by: hme, beds: {east: 1, west: 1}}",
        ("places.by = hme: not an attribute with categories; allowed: home, kind; did you mean",),
        1,
    ),
    ("{by: severity, beds: {a: 1}}", ("by = severity: not an attribute with categories",), 1),
    ("{by: episode, beds: {a: 1}}", ("by = episode: not an attribute with categories",), 1),
    ("{by: 7, beds: {a: 1}}", ("places.by = 7: a text is required",), 1),
    (
        "{by: kind, beds: {one: 1, two: 1}}",
        ("places.by = kind: it changes during a life (stages.queue.next.completed changes it)",),
        1,
    ),
]


@pytest.mark.parametrize(("capacity", "fragments", "many"), SPLIT)
def test_a_bad_split_is_refused(
    command: Command, capacity: str, fragments: tuple[str, ...], many: int
) -> None:
    """Hold that what is wrong in a split is said with its path, all of it at once."""
    onward = "service.stages.queue.next.completed=[{to: out, set: {kind: one}}]"
    arguments = [*QUEUE, HOMES, onward, f"service.capacities.places={capacity}"]
    assert len(check(command, arguments, fragments)) == many


def test_a_bad_split_hides_no_other_problem(command: Command) -> None:
    """Hold that a wrong category is said together with problems of other kinds."""
    capacity = "service.capacities.places={by: home, beds: {east: 1, west: 1, nrth: 1}}"
    arguments = [*QUEUE, HOMES, capacity, "sead=2", "service.arrivals.people.per_day=-1"]
    fragments = ("beds.nrth = 1: not a category", "sead = 2", "per_day = -1: must be 0 or more")
    assert len(check(command, arguments, fragments)) == 3


def test_problems_of_all_kinds_are_said_at_once(command: Command) -> None:
    """Hold that a key, a value, a policy and an addition are all complained of, each once."""
    beds = "service.capacities.residential.beds=-3"
    arguments = ["sead=2", beds, "policy=direct_acess", "+typo=1"]
    fragments = ("sead = 2", "residential.beds = -3", "policy = direct_acess", "typo = 1")
    assert len(check(command, arguments, fragments)) == 4


def test_an_unknown_config_hides_no_other_problem(command: Command, folder: Path) -> None:
    """Hold that values are judged although a service is unknown and a file cannot be read."""
    (folder / "population" / "mine.yaml").write_text("a: [")
    unread = ["service=regoin", "population=mine"]
    arguments = [*unread, "seed=two", "+typo=1", "policy=direct", "a=b=c"]
    fragments = ("regoin", "mine.yaml, line 1", "seed = two", "typo", "policy = direct", "a=b=c")
    assert len(check(command, arguments, fragments)) == 6


def test_all_that_is_wrong_between_attributes_is_said(command: Command, folder: Path) -> None:
    """Hold that a missing state, a wrong order and wrong shares of a population come together."""
    text = (folder / "population" / "norway.yaml").read_text()
    text = text.replace("good: 0.45", "good: 0.5").replace(
        "given: problem", "given: social_support"
    )
    text = text.replace("  severity:", "  severty:").replace("high: 1.0", "high: 1.5")
    (folder / "population" / "mine.yaml").write_text(text)
    fragments = (
        "attributes.severity: is required",
        "attributes.motivation: must be a number that stays from 0 to 1",
        "given = social_support: not an earlier attribute of categories; allowed: problem",
        "attributes.social_support: the shares must sum to 1, not 1.05",
    )
    check(command, ["population=mine"], fragments)


def test_a_problem_shared_by_all_scenarios_is_said_once(command: Command) -> None:
    """Hold that what is wrong in every case under every policy is one problem."""
    arguments = ["experiment=access", "service.capacities.detox.beds=-1"]
    assert len(check(command, arguments, ["service.capacities.detox.beds = -1"])) == 1


def test_an_experiment_is_named_for_what_it_says(command: Command, folder: Path) -> None:
    """Hold that a wrong value comes with the file that wrote it last."""
    text = (folder / "experiment" / "access.yaml").read_text()
    text = text.replace("replications: 20", "replications: many")
    (folder / "experiment" / "mine.yaml").write_text(text)
    check(command, ["experiment=mine"], ["configs/experiment/mine.yaml: replications = many"])


@pytest.mark.parametrize(
    ("output", "fragment"),
    [
        ("taken", "it holds files that are not results"),
        ("taken/notes.txt", "is a file, not a folder"),
        ("taken/notes.txt/deeper", "is a file, not a folder"),
        ("x" * 300, "it cannot be a folder"),
    ],
)
def test_results_do_not_go_where_something_else_is(
    command: Command, tmp_path: Path, output: str, fragment: str
) -> None:
    """Hold that a foreign folder, a file and an impossible name are refused and left alone."""
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine")
    code, said, written = command(
        ["run", *QUEUE, "horizon_days=600", "warm_up_days=100", f"output={tmp_path / output}"]
    )
    assert code == 2
    assert fragment in said
    assert written == []
    assert [path.name for path in taken.iterdir()] == ["notes.txt"]


SET = "service.stages.queue.next.completed=[{to: out, set: "
WHEN = "service.stages.queue.stay_times=[{factor: 2, when: "


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        (SET + "{age: 3}}]", "set.age = 3: unknown attribute; allowed: motivation, severity"),
        (
            SET + "{episode: 1}}]",
            "set.episode = 1: the number of the client's episode is counted, and cannot be set; "
            "allowed: motivation, severity",
        ),
        (
            SET + "{episode: 3}}]",
            "set.episode = 3: the number of the client's episode is counted, and cannot be set; "
            "allowed: motivation, severity",
        ),
        (
            "service.arrivals.people.set={episode: 1}",
            "set.episode = 1: the number of the client's episode is counted, and cannot be set; "
            "allowed: motivation, severity",
        ),
        (
            WHEN + "{age: 3}}]",
            "when.age = 3: unknown attribute; allowed: motivation, severity, episode",
        ),
        (
            WHEN + "{episode: first}}]",
            "when.episode = first: it is a number: a range such as {at_least: 2} is required",
        ),
    ],
)
def test_of_an_attribute_that_is_none_one_thing_is_said(
    command: Command, argument: str, expected: str
) -> None:
    """Hold that what cannot be given has one problem: not also what its value should be."""
    (line,) = check(command, [*QUEUE, argument], [expected])
    assert line.endswith(expected)


def test_what_is_like_nothing_has_one_problem(command: Command, folder: Path) -> None:
    """Hold that what a stage takes away from one that is not known is no problem of its own."""
    text = (folder / "policy" / "private_overflow.yaml").read_text()
    assert "next: {moved: null}" in text
    changed = text.replace("like: residential", "like: zzz")
    (folder / "policy" / "mine.yaml").write_text(changed)
    expected = "private_residential.like = zzz: unknown stage; allowed: gp_appointment, "
    assert len(check(command, ["policy=mine"], [expected])) == 1
