//! Who the principals are: a team, a developer, a cluster's kubelet and a pipeline; the partners are of another tenant.

use super::super::super::World;
use super::{CLUSTER, DEVELOPER, GUARDED, PIPELINE, PLATFORM_TEAM};

pub(super) fn add(world: &mut World) {
    let directory = &mut world.directory;
    directory.readable = true;
    directory.add_group(PLATFORM_TEAM, "Platform team");
    directory.add_user(DEVELOPER, "Developer");
    directory.add_application(PIPELINE, "pipeline", 1);
    let kubelet = format!(
        "/subscriptions/{GUARDED}/resourcegroups/MC_rg-cluster_shop_westeurope/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shop-agentpool"
    );
    directory.add_managed_identity(CLUSTER, &kubelet);
}
