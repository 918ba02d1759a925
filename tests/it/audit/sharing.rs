//! What is above registries is read once for all of them.

use simulator::world::seed::demo::PRODUCTS;

use super::{Audited, judge};

#[tokio::test(flavor = "multi_thread")]
async fn registries_of_a_subscription_share_its_reads() {
    let audited = Audited::start(|world, _| {
        let scope = format!("/subscriptions/{PRODUCTS}");
        world.grant("Reader", &scope);
        world.assign("AcrPull", "aaaa0000-0000-4000-8000-000000000001", "User", &scope);
        world.assign(
            "AcrPush",
            "aaaa0000-0000-4000-8000-000000000002",
            "Group",
            "/providers/Microsoft.Management/managementGroups/contoso",
        );
        let other = world.registries["contosolab.azurecr.io"].id();
        world.assign("Owner", "aaaa0000-0000-4000-8000-000000000003", "User", &other);
    });
    let servers = ["contosoproducts.azurecr.io", "contosolab.azurecr.io"];
    let before = audited.app.sent();
    let reads = futures_util::future::join_all(servers.map(|server| audited.read(server, &[]))).await;
    // The token of Resource Manager, too.
    assert_eq!(audited.app.sent() - before, 1 + 5 + 2 * 14);
    assert_eq!(audited.tenant.simulator.violations(), [""; 0]);
    let held: Vec<Vec<String>> = reads
        .iter()
        .map(|reads| {
            let principals = judge(reads).access.principals.into_iter();
            let others = principals.filter(|found| found.principal.starts_with("aaaa"));
            others
                .map(|found| format!("{}: {}", found.principal, found.roles[0].role))
                .collect()
        })
        .collect();
    let [pull, push, owner] = [
        "aaaa0000-0000-4000-8000-000000000001: AcrPull",
        "aaaa0000-0000-4000-8000-000000000002: AcrPush",
        "aaaa0000-0000-4000-8000-000000000003: Owner",
    ];
    assert_eq!(held, [vec![pull, push], vec![pull, push, owner]]);
}
