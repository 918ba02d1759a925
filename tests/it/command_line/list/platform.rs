//! `--platform`: images by what lists say, indexes by what they say of their children.

use std::collections::BTreeSet;

use serde_json::Value;
use simulator::world::World;

use super::{SERVER, list, rows};
use crate::command_line::Bench;

fn all(rows: &[Value], field: &str) -> BTreeSet<String> {
    rows.iter().map(|row| row[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_counts_for_the_platforms_of_its_children() {
    let bench = Bench::start(World::sized(1, 2));
    let (both, arm, repository) = {
        let mut world = bench.tenant.simulator.world();
        let name = "team/app";
        let both = world.push_multi_platform(SERVER, name, "both", &["amd64", "arm64"]);
        let arm = world.push_multi_platform(SERVER, name, "arm", &["arm64"]);
        (both, arm, name)
    };
    bench.collect(&[]).await.expect(0);
    let of = async |what: &str, platform: &str, field: &str| {
        let listed = rows(&bench, &[what, "--repository", repository, "--platform", platform]).await;
        all(&listed, field)
    };
    let set = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|name| (*name).to_owned()).collect() };
    assert_eq!(of("tags", "linux/arm64", "tag").await, set(&["arm", "both"]));
    assert_eq!(of("tags", "linux/amd64", "tag").await, set(&["both"]));
    assert_eq!(of("tags", "linux", "tag").await, set(&["arm", "both"]));
    assert_eq!(of("tags", "windows", "tag").await, set(&[]));
    // The children themselves, which have no tag, and the indexes above them.
    let manifests = of("manifests", "linux/arm64", "digest").await;
    assert_eq!(manifests.len(), 4);
    assert!(manifests.contains(&both) && manifests.contains(&arm));
    assert_eq!(of("manifests", "linux/amd64", "digest").await.len(), 2);
    let tagged = rows(&bench, &["manifests", "--platform", "linux/arm64", "--tag", "*"]).await;
    assert_eq!(all(&tagged, "digest"), [both, arm].into_iter().collect());
    // Plain images are for what their list says.
    let plain = rows(&bench, &["tags", "--repository", "team-*", "--platform", "linux/amd64"]).await;
    assert_eq!(plain.len(), 2);
    // What is not known of an index does not fit.
    std::fs::remove_file(bench.output().join(format!(
        "v2/registries/{SERVER}/repositories/{repository},content.ndjson"
    )))
    .unwrap();
    assert_eq!(of("tags", "linux/arm64", "tag").await, set(&[]));
    assert_eq!(of("manifests", "linux/arm64", "digest").await.len(), 2);
    for (wrong, why) in [
        (
            &["repositories", "--platform", "linux"][..],
            "--platform: repositories have none",
        ),
        (&["tags", "--platform", "linux/"], "no platform such as"),
    ] {
        let ended = list(&bench, wrong).await.expect(2);
        assert!(ended.stderr.contains(why), "{wrong:?}: {}", ended.stderr);
    }
}
