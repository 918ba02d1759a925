//! A registry that nothing can be read of is said, to whoever wants it.

use simulator::Service;
use simulator::faults::Rule;
use simulator::faults::alteration::{Alteration, Change};
use simulator::faults::effect::Effect;
use simulator::world::World;

use super::{ALL, Bench, servers};

/// A registry whose creation failed stands in the list without a login server.
#[tokio::test(flavor = "multi_thread")]
async fn a_registry_without_a_login_server_is_named_and_exits_with_1() {
    let unusable = Change::Set("properties", r#"{"provisioningState":"Failed"}"#.to_owned());
    let bench = Bench::start(World::demo(1));
    let rule = Rule::new(Effect::Alter(Alteration::item("data", 0, unusable)));
    bench
        .tenant
        .simulator
        .faults()
        .add(rule.service(Service::ResourceGraph));
    let all = bench.collect(&["--dry-run"]).await.expect(1);
    let hidden = ALL.iter().find(|server| !servers(&all).contains(server)).unwrap();
    let name = hidden.split(['.', '-']).next().unwrap();
    assert_eq!(servers(&all).len(), ALL.len() - 1);
    assert!(
        all.stderr
            .contains(&format!("registries/{name}: it has no login server"))
            && all.stderr.contains("(no-login-server)"),
        "{}",
        all.stderr
    );
    // Who asks for it is told so once, and who does not, not at all.
    let asked = bench.collect(&["--dry-run", "--registry", name]).await.expect(1);
    assert_eq!(asked.stderr.matches("(no-login-server)").count(), 1, "{}", asked.stderr);
    assert!(!asked.stderr.contains("registry-not-found"), "{}", asked.stderr);
    for other in [
        ["--registry", "contosopublic"],
        ["--exclude", name],
        ["--include", "contosopublic"],
    ] {
        let mut arguments = vec!["--dry-run"];
        arguments.extend(other);
        let ended = bench.collect(&arguments).await.expect(0);
        assert!(!ended.stderr.contains("no-login-server"), "{other:?}: {}", ended.stderr);
    }
}
