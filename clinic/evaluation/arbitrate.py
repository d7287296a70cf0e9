"""One arbitration from a file: the same generator as in the browser, its result as one object with everything a caller can check."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from clinic.reasoning import intake
from clinic.reasoning.arbitration.run import Brief, run
from clinic.reasoning.claims import Claim
from clinic.reasoning.events import CautionsFound, ClaimChecked, Concluded, Event, EvidenceFound, RunFinished
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.outcome import Abstention, Advice
from clinic.reasoning.tools import Tools
from retrieval.types import Passage, Sentence, Strength, UnitKind

LARGEST_FILE = 2_000_000


def read_file(path: Path) -> dict[str, Any]:
    """A disagreement from JSON or YAML. Raises intake.Unreadable with what to do."""
    if not path.is_file():
        raise intake.Unreadable([f"{path} is not a file: give the path of a disagreement in JSON or YAML."])
    if path.stat().st_size > LARGEST_FILE:
        raise intake.Unreadable([f"{path} is larger than {LARGEST_FILE:,} bytes: shorten the free texts."])
    try:
        text = path.read_bytes().decode("utf-8")
        data = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except (UnicodeDecodeError, ValueError, yaml.YAMLError) as error:
        raise intake.Unreadable([f"{path} cannot be read as UTF-8 {'JSON' if path.suffix == '.json' else 'YAML'}: {error}"]) from error
    if not isinstance(data, dict):
        raise intake.Unreadable([f"{path} holds no object: a disagreement has question, case, plan_x and plan_y."])
    return data


def brief(data: dict[str, Any], tools: Tools, seed: int = 1) -> Brief:
    """The Brief of a disagreement in the shape of the `arbitration` suite. Raises intake.Unreadable."""
    dispute = intake.dispute(data, lambda name: tools.formulary.find(name) is not None)
    given = data.get("passages")
    return Brief(
        dispute=dispute,
        seed=seed,
        client=f"file:{data.get('id', '')}"[:80],
        time_critical=bool(data.get("time_critical")),
        passages=tuple(passage(one) for one in given) if given else None,
    )


def passage(data: dict[str, Any]) -> Passage:
    """A passage handed in with a case. Raises intake.Unreadable."""
    from retrieval.splitting import sentences

    text = intake.clean(str(data.get("text", "")))
    if not text.strip() or not data.get("id"):
        raise intake.Unreadable(["Every passage needs an `id` and a `text`."])
    kind = str(data.get("kind", "recommendation"))
    strength = str(data.get("strength", "ungraded"))
    return Passage(
        id=str(data["id"]),
        source=str(data["id"]),
        version="",
        organisation="given with the case",
        title=str(data.get("title") or ""),
        effective="",
        language=str(data.get("language") or "en"),
        section=(),
        kind=UnitKind(kind) if kind in set(UnitKind) else UnitKind.NARRATIVE,
        text=text,
        sentences=tuple(Sentence(text=text[a:b], start=a, end=b) for a, b in sentences(text)),
        start=0,
        end=len(text),
        strength=Strength(strength) if strength in set(Strength) else Strength.UNGRADED,
    )


def arbitrate(data: dict[str, Any], tools: Tools, seed: int = 1, follow: Callable[[Event], None] = lambda event: None) -> dict[str, Any]:
    """Runs one disagreement and returns the result object. `follow` sees each event as it comes."""
    started = time.monotonic()
    evidence, runs, claims = Evidence(), [], []
    cautions: CautionsFound | None = None
    conclusion: Advice | Abstention | None = None
    seen_at: dict[str, float] = {}
    for event in run(brief(data, tools, seed), tools):
        follow(event)
        seen_at.setdefault(event.type, round(time.monotonic() - started, 3))
        if isinstance(event, EvidenceFound):
            evidence = event.evidence
        elif isinstance(event, CautionsFound):
            cautions = event
        elif isinstance(event, RunFinished):
            runs.append(event)
        elif isinstance(event, ClaimChecked):
            claims.append(event.claim)
        elif isinstance(event, Concluded):
            conclusion = event.conclusion
    assert cautions and conclusion
    identity = tools.engine.identity()
    good = [c for c in claims if c.supported]
    return {
        "id": data.get("id"),
        "type": conclusion.type,
        "outcome": str(conclusion.outcome),
        "reason": "" if isinstance(conclusion, Advice) else str(conclusion.reason),
        "questions": [q.model_dump() for q in cautions.concordance.at_issue],
        "agreed": list(cautions.concordance.agreed),
        "claims": [_claim(c, evidence) for c in good],
        "withheld": len(claims) - len(good),
        "withheld_claims": [_claim(c, evidence) for c in claims if not c.supported],
        "cautions": [c.model_dump(mode="json") for c in cautions.cautions],
        "missing": list(conclusion.missing),
        "stability": {"agree": conclusion.stability.agree, **conclusion.stability.model_dump()},
        "evidence": [
            {
                "id": e.id,
                "passage_id": e.passage.id,
                "source": e.passage.source,
                "label": e.passage.label,
                "kind": e.passage.kind,
                "text": e.passage.text,
            }
            for e in evidence.exhibits
        ],
        "model": identity.model_dump(),
        "index": tools.index_digest,
        "formulary": tools.formulary.digest,
        "seed": seed,
        "seconds": round(time.monotonic() - started, 3),
        "seconds_until": seen_at,
        "model_tokens": sum(r.tokens for r in runs),
    }


def _claim(claim: Claim, evidence: Evidence) -> dict[str, Any]:
    first = claim.citations[0] if claim.citations else None
    found = evidence.find(first.sentence_id) if first else None
    return {
        "side": claim.side,
        "direction": claim.direction,
        "text": claim.text,
        "supported": claim.supported,
        "objections": [o.model_dump() for o in claim.objections],
        "passage_id": first.passage_id if first else None,
        "source": f"{first.source} {first.label}".strip() if first else None,
        "quote": first.quote if first else None,
        "start": first.start if first else None,
        "end": first.end if first else None,
        "passage_text": found[0].passage.text if found else None,
        "citations": [c.model_dump() for c in claim.citations],
    }
