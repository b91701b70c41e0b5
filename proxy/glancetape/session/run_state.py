"""What of a session is the state of one run, and so cannot be shared by several processes."""

from glancetape.faults.failures import Failure
from glancetape.session.session import Session
from glancetape_cassettes.service import is_repeatable


def why_one_process(session: Session) -> str:
    """Why only one process can answer from a session; "" when any number can.

        basic.yaml#2 is a PATCH, which is played once

    Reads give the same answer in every process. What a client changes is seen only by the process
    that it changed.
    """
    if session.settings.writable:
        return "what clients change (--writable) is in the memory of one process"
    if session.settings.throttle:
        return "a throttle (--throttle) counts the requests of one process"
    if session.settings.lab:
        return "the lab (--lab) remembers in one process what clients were shown"
    for rule in session.settings.fail:
        if Failure.parse(rule).first:
            return f"--fail {rule} counts the requests of one process"
    for group in session.groups:
        for entry in group:
            question = entry.asked.question
            if not is_repeatable(question.method, question.path):
                return f"{entry.source} is a {question.method}, which is played once"
    return ""
