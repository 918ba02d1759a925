"""What people do with hooks, and what has to be so then."""


def ends(outcome, code, *words):
    ended, said = outcome
    if ended != code:
        yield f"ended with {ended}, not {code}: {said[-300:]}"
    for word in words:
        if word not in said:
            yield f"does not say {word!r}: {said[-300:]}"


def nothing_gone(azure):
    for kind in ("resources", "roles"):
        for id in sorted(azure.gone(kind)):
            yield f"took {id}"


def down(azure, kept=(), and_own=(), **how):
    """All that the environment made elsewhere goes, but for what ends like `kept`, and nothing that is of others."""
    yield from ends(azure.run("predown", "--yes", **how), 0, "taken away")
    for kind in ("resources", "roles"):
        mine = {id for id in azure.outside(kind) if not id.endswith(tuple(kept))} if kept else azure.outside(kind)
        mine |= {id for id in and_own if kind == "resources"}
        for id in sorted(mine - azure.gone(kind)):
            yield f"left {id}"
        for id in sorted(azure.gone(kind) - mine):
            yield f"took {id}"


def takes_what_is_elsewhere(azure):
    """A topic that another environment delivers from stays; what is in the environment's own group is azd's."""
    shared = next(one for one in azure.before["resources"] if one["name"] == "repository-refresh-othertoken")
    yield from down(azure, kept=[shared["id"].lower().partition("/eventsubscriptions/")[0]])
    yield from ends(azure.run("predown", "--yes"), 0, "nothing of this environment is left outside")


def takes_what_is_tagged(azure):
    """In a group that was there before, what has the environment's tag; the rest of the group is of others."""
    shared = next(one for one in azure.before["resources"] if one["name"] == "repository-refresh-othertoken")
    own = {
        one["id"].lower()
        for one in azure.before["resources"]
        if one["mine"] and one["id"].lower().startswith(f"{azure.own}/".lower())
    }
    yield from down(azure, kept=[shared["id"].lower().partition("/eventsubscriptions/")[0]], and_own=own)


def takes_whole_subscriptions(azure):
    yield from down(azure)


def leaves_registries_alone(azure):
    """What owners of registries deployed, they take away: here a topic that delivers nothing yet."""
    registry = azure.world["env"]["LEGACY_REGISTRIES"]
    beside = f"{registry.partition('/providers/')[0]}/providers"
    azure.add(f"{beside}/Microsoft.EventGrid/systemTopics/evgt-acr-inventory-theirs", source=registry)
    yield from ends(azure.run("predown", "--yes"), 0, "nothing of this environment is left outside")
    yield from nothing_gone(azure)


def shows_only(azure):
    yield from ends(azure.run("predown", "--dry-run"), 0, "Taken away outside", "/systemTopics/evgt-acr-inventory-")
    yield from nothing_gone(azure)


def asks(azure):
    yield from ends(azure.run("predown", answer="n"), 1, "nothing was taken away")
    yield from nothing_gone(azure)
    yield from ends(azure.run("predown", answer="y"), 0, "predown: taken away.")
    if azure.outside() - azure.gone():
        yield "left something after a yes"


def stops_where_it_may_not_look(azure):
    """Nothing is taken away by half: a list that cannot be read ends it, and azd down with it."""
    azure.world["fails"] = ["role assignment list"]
    ended, said = azure.run("predown", "--yes")
    if ended == 0 or "AuthorizationFailed" not in said:
        yield f"ended with {ended}: {said[-300:]}"
    yield from nothing_gone(azure)


def takes_one_registry(azure):
    """For a registry that was taken out of the lists: by hand, with azd asked for the environment."""
    registry = azure.world["env"]["ABAC_REGISTRIES"]
    azure.world["env"]["ABAC_REGISTRIES"] = ""
    yield from ends(azure.run("predown", "--yes", "--registry", registry, by_hand=True), 0, "taken away")
    at = {one["id"].lower(): one["scope"].lower() for one in azure.before["roles"]}
    if {at[id] for id in azure.gone("roles")} != {registry.lower()}:
        yield f"took roles at {sorted({at[id] for id in azure.gone('roles')})}"
    about = {one["id"].lower(): one.get("source", "").lower() for one in azure.before["resources"]}
    topics = {id: about[id] for id in azure.gone() if about[id]}
    if list(topics.values()) != [registry.lower()]:
        yield f"took {sorted(topics)}"


def takes_events_only(azure):
    """Switched off, events leave topics working: their removal leaves the roles."""
    yield from ends(azure.run("predown", "--yes", "--events"), 0, "taken away")
    if azure.gone("roles"):
        yield f"took {sorted(azure.gone('roles'))}"
    if azure.outside() - azure.gone():
        yield f"left {sorted(azure.outside() - azure.gone())}"


def finds_its_own_after_a_failure(azure):
    """A deployment that failed has no outputs; the identity says what everything is called."""
    for name in ("ENVIRONMENT_TOKEN", "IDENTITY_PRINCIPAL_ID", "AZURE_RESOURCE_GROUP"):
        azure.world["env"].pop(name)
    yield from down(azure)


def has_nothing_to_do_at_first(azure):
    for name in ("ENVIRONMENT_TOKEN", "IDENTITY_PRINCIPAL_ID", "AZURE_RESOURCE_GROUP"):
        azure.world["env"].pop(name)
    azure.world["resources"] = [one for one in azure.world["resources"] if not one["mine"]]
    azure.world["roles"] = [one for one in azure.world["roles"] if not one["mine"]]
    azure.before = {**azure.world}
    yield from ends(azure.run("predown", "--yes"), 0, "nothing was deployed")


def first_refresh_starts_once(azure):
    azure.world["refusals"] = 2
    yield from ends(azure.run("postdeploy"), 0, "the first refresh is under way")
    if azure.world["posts"] != 3 or azure.world["env"].get("FIRST_REFRESH") != "started":
        yield f"{azure.world['posts']} posts, FIRST_REFRESH is {azure.world['env'].get('FIRST_REFRESH')}"
    if any(azure.world["key"] in word for call in azure.world["calls"] for word in call):
        yield "the key stands on a command line"
    yield from ends(azure.run("postdeploy"), 0, "was started before")
    yield from ends(azure.run("postdeploy", "--again"), 0, "is under way")
    if azure.world["posts"] != 4:
        yield f"{azure.world['posts']} posts after three runs, not 4"


def first_refresh_that_cannot_start(azure):
    """No failed deployment: the timer starts the next one."""
    azure.world["refusals"] = 99
    yield from ends(azure.run("postdeploy"), 0, "could not be started")
    if "FIRST_REFRESH" in azure.world["env"]:
        yield "remembers a refresh that was not started"


def first_refresh_shown(azure):
    yield from ends(azure.run("postdeploy", "--dry-run"), 0, "would POST to /admin/functions/schedule-refresh")
    if azure.world["posts"]:
        yield "posted"


# Name → (parameter set, what happens).
ALL = {
    "down": ("everything", takes_what_is_elsewhere),
    "own-group": ("own-network", takes_what_is_tagged),
    "whole-subscriptions": ("subscription-scope", takes_whole_subscriptions),
    "left-alone": ("registries-left-alone", leaves_registries_alone),
    "dry-run": ("network-off", shows_only),
    "asks": ("network-off", asks),
    "forbidden": ("network-off", stops_where_it_may_not_look),
    "one-registry": ("network-off", takes_one_registry),
    "events-only": ("network-off", takes_events_only),
    "after-a-failure": ("network-off", finds_its_own_after_a_failure),
    "nothing-yet": ("network-off", has_nothing_to_do_at_first),
    "first-refresh": ("network-off", first_refresh_starts_once),
    "first-refresh-refused": ("network-off", first_refresh_that_cannot_start),
    "first-refresh-shown": ("network-off", first_refresh_shown),
}
