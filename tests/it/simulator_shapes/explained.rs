//! What stays different between the recordings and the simulator, and why. An entry that no longer applies fails too.

mod resources;

/// A difference that stays: route (`*`: any), path, `recorded → simulated`, and why.
pub(super) type Explained = (&'static str, &'static str, &'static str, &'static str);

/// All of them.
pub(super) fn explained() -> Vec<Explained> {
    [DATA_PLANE, resources::RESOURCES].concat()
}

/// Headers that are not compared, and why.
pub(super) const UNCOMPARED: &[(&str, &str)] = &[
    (
        "content-length",
        "the service sends some answers chunked; hyper knows every length",
    ),
    ("transfer-encoding", "see content-length"),
    (
        "x-ms-correlation-request-id",
        "removed from the recordings by the recorders",
    ),
    ("x-ms-request-id", "removed from the recordings by the recorders"),
    (
        "x-ms-ratelimit-remaining-subscription-reads",
        "removed from the recordings by the recorders",
    ),
    (
        "x-ms-ratelimit-remaining-subscription-global-reads",
        "removed from the recordings by the recorders",
    ),
];

const BLOBS: &str = "blobs are not simulated: an inventory never reads one";
const OPERATIONS: &str =
    "operations that a change starts are not simulated: nothing is changed through Resource Manager";

const CHANGES: &str = "access is read and never changed";

/// Recorded routes that are not asked, and why.
pub(super) const NOT_ASKED: &[(&str, &str)] = &[
    ("POST /v2/{name}/blobs/{item} 202", BLOBS),
    ("POST /v2/{name}/blobs/{item} 401", BLOBS),
    ("PUT /v2/{name}/blobs/{item} 201", BLOBS),
    ("GET registry/operationstatuses 200", OPERATIONS),
    ("GET elsewhere 200", OPERATIONS),
    ("GET elsewhere 201", OPERATIONS),
    ("GET elsewhere 202", OPERATIONS),
    (
        "POST registry/webhooks/{item}/listevents 200",
        "what webhooks sent is never read: it holds their headers",
    ),
    ("PUT microsoft.authorization/roleassignments/{item} 201", CHANGES),
    ("PUT microsoft.authorization/roleassignments/{item} 409", CHANGES),
    ("DELETE microsoft.authorization/roleassignments/{item} 200", CHANGES),
    ("PUT microsoft.authorization/roledefinitions/{item} 201", CHANGES),
    ("DELETE microsoft.authorization/roledefinitions/{item} 200", CHANGES),
    ("GET registry/builds 200", "builds are not part of an inventory"),
    (
        "GET /subscriptions/00000000-0000-0000-0000-000000000000/resources 200",
        "the generic list of resources is not used: it has no properties",
    ),
];

const UNCHALLENGED: &str = "the recording client had a token in every first request to these routes; the form without \
                            one is the one recorded for PUT";
const INDEXES: &str = "the single manifests that were recorded are tagged indexes and one tagged artifact; this is as \
                       recorded in lists";

const DATA_PLANE: &[Explained] = &[
    (
        "*",
        "header www-authenticate",
        "Bearer realm,service,scope,error → Bearer realm,service,scope or Bearer realm,service,scope,error",
        UNCHALLENGED,
    ),
    (
        "PUT /v2/{name}/manifests/{item} 401",
        "header www-authenticate",
        "Bearer realm,service,scope → Bearer realm,service,scope or Bearer realm,service,scope,error",
        "recorded without a token only; the form with one is the one recorded for every other route",
    ),
    (
        "GET /acr/v1/{name}/_manifests 200",
        "body.manifests[].configMediaType",
        "absent → string, or absent",
        "the lists that were recorded are of imported images; a single pushed manifest was recorded with it",
    ),
    (
        "GET /acr/v1/{name}/_tags 200",
        "header link",
        "absent → </acr/v1/{name}/_tags?last,n,orderby>; rel=\"next\", or absent",
        "no recorded list of tags went over a page; the form is that of manifests and the catalog",
    ),
    ("*", "body.manifest.architecture", "absent → string, or absent", INDEXES),
    ("*", "body.manifest.os", "absent → string, or absent", INDEXES),
    ("*", "body.manifest.tags", "list → list, or absent", INDEXES),
    (
        "*",
        "body.manifest.changeableAttributes.quarantineState",
        "absent → string, or absent",
        INDEXES,
    ),
    (
        "PATCH /acr/v1/{name}/_manifests/{item} 200",
        "body.manifest.configMediaType",
        "absent → string, or absent",
        INDEXES,
    ),
    (
        "PATCH /acr/v1/{name}/_manifests/{item} 200",
        "body.manifest.references",
        "list → list, or absent",
        INDEXES,
    ),
];
