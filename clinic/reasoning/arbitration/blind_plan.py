"""The blind plan: the model reads case and evidence, not the opinions, and writes its own plan and its uncertainties."""

from __future__ import annotations

from clinic.reasoning.arbitration.plain import describe
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Dispute
from clinic.reasoning.tools import Tools
from inference.types import Request, Segment, collect

VERSION = "blind-plan-1"
ANSWER_TOKENS = 512
ASK = """
Write the plan you would propose for this patient in at most five short lines, each with the ids of the sentences it rests on, then one line
that begins with `Uncertain:`.
"""


def write(dispute: Dispute, evidence: Evidence, tools: Tools, seed: int, client: str) -> str:
    """At most five lines and the uncertainties, as plain text."""
    sentences = "\n".join(f"{e.id}.{n} {s.text}" for e in evidence.exhibits for n, s in enumerate(e.passage.sentences, 1))
    budget = tools.think_budget // 2  # one plan, not two to weigh
    request = Request(
        segments=(
            Segment(text="PATIENT\n<<<\n", trusted=True),
            Segment(text=f"{describe(dispute.case)}\nQuestion: {dispute.question}"),
            Segment(text="\n>>>\nEVIDENCE\n<<<\n", trusted=True),
            Segment(text=sentences),
            Segment(text="\n>>>\n" + ASK, trusted=True),
        ),
        seed=seed,
        think_budget=budget,
        max_tokens=budget + ANSWER_TOKENS,
        client=client,
    )
    return collect(tools.engine.generate(request))[0].answer.strip()
