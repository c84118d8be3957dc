"""The proof before publishing: every finding at once. Public face.

findings = prove(draft, Facts(today, prompts=…, menus=…, staffed_skills=…, lines=…, published=table))
"""

from .model import EMERGENCIES, NEVER_EXPERT, Facts, Finding, Findings, MenuFacts, Severity
from .prove import prove

__all__ = ["EMERGENCIES", "NEVER_EXPERT", "Facts", "Finding", "Findings", "MenuFacts", "Severity", "prove"]
