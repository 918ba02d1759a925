//! Differences on Resource Manager and Resource Graph that stay, and why.

use super::Explained;

const GIVEN: &str = "the demo world has none; what a world has is returned as it was given";
const PROJECTED: &str = "the recorded queries are about other types of resources";
const UNSEEN: &str = "neither recorded nor among the examples at hand; the form is that of the specification";
const EXAMPLES: &str = "in the specification, and left out of its example";
const OTHER_ROLES: &str =
    "roles of other services alone have these; the built-in ones here are those that matter to a registry";
const HEALTHY: &str = "the recorded credentials are unhealthy; the official example of healthy ones has neither";

pub(super) const RESOURCES: &[Explained] = &[
    (
        "GET microsoft.authorization/locks 200",
        "route",
        "not recorded → asked",
        UNSEEN,
    ),
    ("GET registry/tasks 200", "route", "not recorded → asked", UNSEEN),
    ("GET registry/tasks/{item} 200", "route", "not recorded → asked", UNSEEN),
    ("*", "body.value[].systemData", "absent → object", EXAMPLES),
    ("*", "body.systemData", "absent → object", EXAMPLES),
    ("*", "body.value[].tags", "absent → object", EXAMPLES),
    ("*", "body.tags", "absent → object", EXAMPLES),
    (
        "GET registry/tokens 200",
        "body.value[].properties.credentials",
        "absent → object",
        EXAMPLES,
    ),
    (
        "GET microsoft.authorization/denyassignments 200",
        "body.value[].properties.createdBy",
        "absent → string",
        EXAMPLES,
    ),
    (
        "GET microsoft.authorization/denyassignments 200",
        "body.value[].properties.createdOn",
        "absent → string",
        EXAMPLES,
    ),
    (
        "GET microsoft.authorization/denyassignments 200",
        "body.value[].properties.updatedBy",
        "absent → string",
        EXAMPLES,
    ),
    (
        "GET microsoft.authorization/denyassignments 200",
        "body.value[].properties.updatedOn",
        "absent → string",
        EXAMPLES,
    ),
    (
        "*",
        "body.value[].properties.permissions[].condition",
        "absent → null",
        EXAMPLES,
    ),
    (
        "*",
        "body.value[].properties.permissions[].conditionVersion",
        "absent → null",
        EXAMPLES,
    ),
    (
        "*",
        "body.value[].properties.permissions[].condition",
        "string, or absent → absent",
        OTHER_ROLES,
    ),
    (
        "*",
        "body.value[].properties.permissions[].conditionVersion",
        "string, or absent → absent",
        OTHER_ROLES,
    ),
    (
        "*",
        "body.value[].properties.permissions[].notDataActions[]",
        "string → absent",
        OTHER_ROLES,
    ),
    (
        "GET registry 200",
        "body.properties.privateEndpointConnections[]",
        "absent → object",
        "the recorded registries of these versions have none; the items are those of the collection",
    ),
    (
        "GET registry/cacherules 200",
        "body.value[].properties.credentialSetResourceId",
        "string → string, or absent",
        "the one recorded list has a rule with credentials; a single rule was recorded with and without",
    ),
    (
        "*",
        "body.value[].properties.authCredentials[].credentialHealth.errorCode",
        "string → string, or absent",
        HEALTHY,
    ),
    (
        "*",
        "body.value[].properties.authCredentials[].credentialHealth.errorMessage",
        "string → string, or absent",
        HEALTHY,
    ),
    (
        "*",
        "body.properties.authCredentials[].credentialHealth.errorCode",
        "string → string, or absent",
        HEALTHY,
    ),
    (
        "*",
        "body.properties.authCredentials[].credentialHealth.errorMessage",
        "string → string, or absent",
        HEALTHY,
    ),
    (
        "GET registry/replications/{item} 200",
        "body.tags.*",
        "string → absent",
        GIVEN,
    ),
    (
        "GET registry/tokens/{item} 200",
        "body.properties.credentials.passwords[].expiry",
        "absent → string, or absent",
        "the recorded passwords never expire; the specification has the expiry of those that do",
    ),
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
        "*",
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
        "POST registry/webhooks/{item}/getcallbackconfig 200",
        "header api-supported-versions",
        "any, or absent → any",
        "recordings of versions before 2020 are without it",
    ),
];
