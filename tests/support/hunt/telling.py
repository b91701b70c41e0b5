"""Showing a wrong answer as the shortest account by which a person can repeat it."""

from collections.abc import Iterator

from support.hunt.judging import read, short
from support.hunt.recording import Action
from support.hunt.trial import Step, Wrong

SHOWN = ("name", "status", "visibility", "owner", "os_hidden", "size", "tags", "members")


def account(wrong: Wrong) -> Iterator[str]:
    """Yield the lines of an account: the cloud, what was recorded, what was asked."""
    history, scene = wrong.history, wrong.history.scene
    yield f"seed {history.seed}: {wrong.signature}"
    whos = {action.who for action in scene.actions} | {step.who for step in wrong.steps}
    for who in sorted(whos):
        person = scene.people[who]
        yield f"  caller {who}: project {person.project[:4]}.., shown by {person.shows}" + (
            f", {person.role}" * (person.role != "member")
        )
    for cloud, where in ((scene.cloud, ""), (scene.second, " of the second service")):
        for image in cloud.images if cloud is not None else ():
            fields = {
                name: image[name] for name in SHOWN if image.get(name) not in (None, [], False)
            }
            yield f"  image {short([image['id']])}{where}: {fields}"
    for number, how in enumerate(history.redacting):
        if any(action.cassette == number for action in scene.actions):
            yield f"  cassette {'abc'[number]}: {how}"
    if history.edit is not None:
        yield f"  edited: {history.edit.kind}"
    if history.editing:
        yield f"  {history.editing}"
    if history.mode:
        yield f"  second run in mode {history.mode}"
    if history.is_shuffled:
        yield "  reads are in another order"
    for action in scene.actions:
        yield f"  recorded: {words_of(action)}"
    yield f"  replay: {history.replay}"
    for step in wrong.steps[:-1]:
        what = f"what action {step.action} of caller {step.who} recorded"
        yield f"  asked: {asked(step)}" if step.question else f"  played: {what}"
    yield f"  asked: {asked(wrong.steps[-1])}"
    expected = wrong.wanted[-1] if wrong.wanted else None
    yield f"  expected: {'' if expected is None else summary(expected) + ', or '}a miss"
    yield f"  got: {wrong.kind}, {wrong.source}, {summary(wrong.got)}"
    yield f"  differs: {wrong.difference}"


def words_of(action: Action) -> str:
    """Write an action on one line."""
    words = [f"{action.number}. caller {action.who}", action.kind, f"{action.query}"]
    if action.kind not in ("walk", "ask", "login"):
        words.append(short([action.target]))
    words += ["by hand" * action.by_hand, action.broken, action.version]
    words += [
        "second run" * (action.run > 1),
        "taken out" * action.taken_out,
        "without its date" * action.undated,
    ]
    words += [action.value, *(action.evidence if action.kind == "silent" else ())]
    where = f"{action.at} service, " if action.at else ""
    words.append(f"({where}{action.base}, cassette {'abc'[action.cassette]}, {action.gap} s later)")
    return " ".join(word for word in words if word)


def asked(step: Step) -> str:
    """Write a question on one line."""
    target = step.question.target if step.question else ""
    if step.question and step.question.version:
        target += f" as {step.question.version}"
    who = "a token that nobody recorded" if step.by_stranger else f"caller {step.who}"
    often = f", {step.times} times" * (step.times > 1)
    return f"GET {target[:300]} by {who}{often}"


def summary(response: object) -> str:
    """Write the status of a response, and what it lists."""
    status = getattr(response, "status", None)
    if status is None:
        return "nothing"
    value = read(response)  # type: ignore[arg-type]
    if isinstance(value, dict) and isinstance(value.get("images"), list):
        ids = short([one.get("id") for one in value["images"]])
        return f"{status} {ids}{' and a next' if value.get('next') else ''}"
    return f"{status} {str(value)[:200]}"
