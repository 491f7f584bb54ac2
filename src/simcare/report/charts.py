"""The charts of the report: each a function from a table to a picture with its words.

A chart draws nothing but what it is given, keeps no state, and gives the same bytes for the same
input. Its title turns with the numbers; every number in its words stands in its table.
"""

from simcare.analysis.ranking import Ranked
from simcare.report.chart_capacity import how_many
from simcare.report.chart_deadlines import breaches
from simcare.report.chart_flows import PolicyFlows, where_people_go
from simcare.report.chart_front import how_much
from simcare.report.chart_gains import Gain, better_or_worse, gains
from simcare.report.chart_lines import Line
from simcare.report.chart_lists import ListStates, leaving_the_list, list_states
from simcare.report.chart_pairs import Lot, person_by_person
from simcare.report.chart_people import Fates, fates_at, of_100
from simcare.report.chart_plane import plane
from simcare.report.chart_precision import Narrowing, narrowing
from simcare.report.chart_ranking import which_policy
from simcare.report.chart_relapse import relapse_after_discharge
from simcare.report.chart_starts import Starts, treatment_starts
from simcare.report.chart_swept import over_values
from simcare.report.chart_tornado import Swing, swings, what_it_hinges_on
from simcare.report.chart_waiting import people_waiting
from simcare.report.chart_waits import Wait, waits, waits_by_stage
from simcare.report.chart_warm_up import warm_up
from simcare.report.chart_worth import best_buy
from simcare.report.drawing import NARROW, WIDE, Chart, Table
from simcare.report.svg import to_png, to_svg
from simcare.report.swept_lines import Swept

__all__ = [
    "NARROW",
    "WIDE",
    "Chart",
    "Fates",
    "Gain",
    "Line",
    "ListStates",
    "Lot",
    "Narrowing",
    "PolicyFlows",
    "Ranked",
    "Starts",
    "Swept",
    "Swing",
    "Table",
    "Wait",
    "best_buy",
    "better_or_worse",
    "breaches",
    "fates_at",
    "gains",
    "how_many",
    "how_much",
    "leaving_the_list",
    "list_states",
    "narrowing",
    "of_100",
    "over_values",
    "people_waiting",
    "person_by_person",
    "plane",
    "relapse_after_discharge",
    "swings",
    "to_png",
    "to_svg",
    "treatment_starts",
    "waits",
    "waits_by_stage",
    "warm_up",
    "what_it_hinges_on",
    "where_people_go",
    "which_policy",
]
