//! What stays different between the recordings and the simulator, and why. An entry that no longer applies fails too.

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
        "POST elsewhere 200",
        "the secrets and events of webhooks are never read",
    ),
    ("GET registry/builds 200", "builds are not part of an inventory"),
    (
        "GET /subscriptions/00000000-0000-0000-0000-000000000000/resources 200",
        "the generic list of resources is not used: it has no properties",
    ),
    (
        "GET registry/{collection}/{item} 200",
        "what a world has in a collection is returned as it was given",
    ),
];

const UNCHALLENGED: &str = "the recording client had a token in every first request to these routes; the form without \
                            one is the one recorded for PUT";
const INDEXES: &str = "the single manifests that were recorded are tagged indexes and one tagged artifact; this is as \
                       recorded in lists";
const GIVEN: &str = "the demo world has none; what a world has is returned as it was given";
const PROJECTED: &str = "the recorded queries are about other types of resources";

/// Differences that stay: route (`*`: any), path, `recorded → simulated`, and why.
pub(super) const EXPLAINED: &[(&str, &str, &str, &str)] = &[
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
    (
        "GET registry/{collection} 200",
        "body.value[]",
        "object → absent",
        GIVEN,
    ),
    ("GET registry/listUsages 200", "body.value[]", "object → absent", GIVEN),
    (
        "POST /providers/Microsoft.ResourceGraph/resources 200",
        "body.data[].properties",
        "object, or absent → absent",
        PROJECTED,
    ),
    (
        "POST /providers/Microsoft.ResourceGraph/resources 200",
        "body.data[].tags.*",
        "absent → string",
        "the recorded rows have no tags",
    ),
    (
        "GET registries 200",
        "header vary",
        "absent → any",
        "some recorded answers are without it, this single list among them; what decides it is not known",
    ),
    (
        "GET registry 200",
        "header vary",
        "any, or absent → any",
        "some recorded answers are without it; what decides it is not known",
    ),
    (
        "GET registry 200",
        "body.properties.policies.softDeletePolicy",
        "object → object, or absent",
        "only previews were recorded; stable versions do not have it",
    ),
    (
        "GET registry 200",
        "body.properties.encryption.keyVaultProperties.lastKeyRotationTimestamp",
        "string, or absent → string",
        GIVEN,
    ),
    (
        "*",
        "header api-supported-versions",
        "any, or absent → any",
        "recordings of versions before 2020 are without it",
    ),
];
