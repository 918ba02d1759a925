//! `--waivers`: what is accepted for a while, in every format, and what is wrong with a file of them.

use serde_json::{Value, json};
use simulator::world::World;

use super::super::{Bench, Ended};
use super::{json, run};

/// Long enough for these tests.
const LATER: &str = "2999-12-31";

/// A waiver as TOML, with fields in place of these or beside them.
fn waiver(fields: &[(&str, &str)]) -> String {
    let usual = [
        ("rule", "\"admin-user-disabled\""),
        ("registry", "\"contosol*\""),
        ("reason", "\"The old build agents need it.\""),
        ("owner", "\"platform team\""),
        ("expires", LATER),
    ];
    let kept = usual
        .iter()
        .filter(|(name, _)| fields.iter().all(|(other, _)| other != name));
    let all = kept.chain(fields).filter(|(_, value)| !value.is_empty());
    let lines = all.map(|(name, value)| format!("{name} = {value}\n"));
    "[[waiver]]\n".to_owned() + &lines.collect::<String>()
}

async fn audit(bench: &Bench, waivers: &str, further: &[&str]) -> Ended {
    let path = bench.folder.path().join("waivers.toml");
    std::fs::write(&path, waivers).unwrap();
    let path = path.display().to_string();
    let only = ["audit", "--registry", "contosolab", "--waivers", &path];
    run(bench, &[&only, further].concat()).await
}

/// Finds the one finding of the rule in a list.
fn of_rule<'a>(all: &'a [Value], pointer: &str, rule: &str) -> &'a Value {
    let mut found = all.iter().filter(|one| one.pointer(pointer) == Some(&rule.into()));
    let only = found.next().unwrap_or_else(|| panic!("no {rule}"));
    assert_eq!(found.next(), None);
    only
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waived_finding_keeps_its_verdict_in_every_format_and_carries_why() {
    const RULE: &str = "admin-user-disabled";
    let bench = Bench::start(World::demo(7));
    let file = waiver(&[]);
    let formatted = async |format: &str| audit(&bench, &file, &["--format", format, "--all"]).await.expect(0);
    let carried = json!([{
        "registry": "contosol*", "reason": "The old build agents need it.", "owner": "platform team", "expires": LATER,
    }]);
    let table = formatted("table").await.stdout;
    let row = table.lines().find(|line| line.contains(RULE)).unwrap();
    assert!(row.contains("waived"), "{row}");
    assert!(table.contains("8 fail (1 of them waived)"), "{table}");
    let audited = json(&formatted("json").await);
    let finding = of_rule(audited[0]["audit"]["findings"].as_array().unwrap(), "/rule", RULE);
    assert_eq!((&finding["verdict"], &finding["waivers"]), (&"fail".into(), &carried));
    let lines: Vec<Value> = formatted("ndjson")
        .await
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let finding = of_rule(&lines, "/rule", RULE);
    assert_eq!((&finding["verdict"], &finding["waivers"]), (&"fail".into(), &carried));
    assert!(lines.iter().filter(|line| line.get("waivers").is_some()).count() == 1);
    let rows = formatted("csv").await.stdout;
    let mut rows = csv::Reader::from_reader(rows.as_bytes());
    let column = rows
        .headers()
        .unwrap()
        .iter()
        .position(|name| name == "waived")
        .unwrap();
    let waived: Vec<(String, String)> = rows
        .records()
        .map(|record| record.unwrap())
        .map(|record| (record[3].to_owned(), record[column].to_owned()))
        .filter(|(_, why)| !why.is_empty())
        .collect();
    let why = format!("The old build agents need it. (platform team, until {LATER})");
    assert_eq!(waived, [(RULE.to_owned(), why.clone())]);
    let log = json(&formatted("sarif").await);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let result = of_rule(results, "/ruleId", RULE);
    assert_eq!((&result["kind"], &result["level"]), (&"fail".into(), &"error".into()));
    let suppression = &result["suppressions"][0];
    assert_eq!(
        (
            &suppression["kind"],
            &suppression["status"],
            &suppression["justification"]
        ),
        (
            &"external".into(),
            &"accepted".into(),
            &"The old build agents need it.".into()
        )
    );
    // All or none, says the specification.
    for other in results.iter().filter(|result| result["ruleId"] != RULE) {
        assert_eq!(other["suppressions"], json!([]), "{other}");
    }
    let events = json(&formatted("ocsf").await);
    let events = events.as_array().unwrap();
    let event = of_rule(events, "/metadata/event_code", RULE);
    assert_eq!(
        (&event["status_id"], &event["status"]),
        (&3.into(), &"Suppressed".into())
    );
    assert_eq!(
        (&event["compliance"]["status"], &event["comment"]),
        (&"Fail".into(), &why.into())
    );
    let suppressed = events.iter().filter(|event| event["status_id"] != 1).count();
    assert_eq!(suppressed, 1);
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_waivers_nothing_speaks_of_them() {
    let bench = Bench::start(World::demo(7));
    for format in ["table", "json", "ndjson", "sarif", "ocsf"] {
        let ended = audit(&bench, "", &["--format", format]).await.expect(0);
        for word in ["waiver\"", "suppressions", "Suppressed", "waived"] {
            assert!(!ended.stdout.contains(word), "{format}: {word}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_waived_does_not_count_until_its_waiver_is_gone() {
    let bench = Bench::start(World::demo(7));
    let all = waiver(&[])
        + &waiver(&[
            ("rule", "\"defender-for-containers\""),
            ("registry", "\"CONTOSOLAB.azurecr.io\""),
        ])
        + &waiver(&[
            ("rule", "\"repository-tokens-reviewed\""),
            ("registry", "\"/subscriptions/*/registries/contosolab\""),
        ]);
    let ended = audit(&bench, &all, &["--fail-on", "high", "--format", "ndjson"])
        .await
        .expect(0);
    assert!(
        ended.stderr.contains("--fail-on high: 0 of 3 failures count, 3 waived"),
        "{}",
        ended.stderr
    );
    // A baseline that was made with waivers says nothing of what they were for.
    let baseline = bench.folder.path().join("baseline.ndjson");
    std::fs::write(&baseline, &ended.stdout).unwrap();
    let baseline = baseline.display().to_string();
    let since = ["--fail-on", "high", "--baseline", &baseline];
    audit(&bench, &all, &since).await.expect(0);
    let ended = audit(&bench, &waiver(&[]), &since).await.expect(3);
    assert!(
        ended
            .stderr
            .contains("2 of 3 failures count, 0 known from the baseline, 1 waived"),
        "{}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiver_that_does_nothing_is_named() {
    let bench = Bench::start(World::demo(7));
    let file = waiver(&[])
        + &waiver(&[("registry", "\"contosol?\"")])
        + &waiver(&[("rule", "\"anonymous-pull-disabled\"")])
        + &waiver(&[("rule", "\"customer-managed-key\"")]);
    let ended = audit(&bench, &file, &[]).await.expect(0);
    let said = |line: &str| ended.stderr.lines().any(|said| said.ends_with(line));
    for line in [
        "waivers.toml:7: waiver 2: it matches nothing here: admin-user-disabled on contosol?",
        "waivers.toml:13: waiver 3: it is not needed: anonymous-pull-disabled does not fail, or is waived as a whole",
        "waivers.toml:19: waiver 4: it matches nothing here: customer-managed-key on contosol*",
    ] {
        assert!(said(line), "{line}\n{}", ended.stderr);
    }
    assert!(!ended.stderr.contains("waiver 1"), "{}", ended.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn some_repositories_are_waived_when_nothing_else_fails() {
    let bench = Bench::start(World::demo(7));
    bench.collect(&["--registry", "contosolab"]).await.expect(0);
    let folder = bench.output().display().to_string();
    let names: Vec<String> = bench.tenant.simulator.world().registries["contosolab.azurecr.io"]
        .repositories
        .keys()
        .cloned()
        .collect();
    let (first, others) = names.split_first().unwrap();
    let of = |repository: &str| {
        let repository = format!("\"{repository}\"");
        waiver(&[("rule", "\"images-signed\""), ("repository", &repository)])
    };
    let all = format!("{{{}}}", names.join(","));
    let ways: [&[&str]; 2] = [&["--format", "json"], &["--format", "json", "--from", &folder]];
    for further in ways {
        let waived = async |file: &str| {
            let ended = audit(&bench, file, further).await.expect(0);
            let audited = json(&ended);
            let finding = of_rule(
                audited[0]["audit"]["findings"].as_array().unwrap(),
                "/rule",
                "images-signed",
            );
            assert_eq!(finding["verdict"], "fail");
            (finding["waivers"].as_array().map_or(0, Vec::len), ended.stderr)
        };
        let (count, said) = waived(&of(first)).await;
        let why = "waiver 1: it waives nothing: images-signed fails for other repositories too, or that is not known";
        assert!(count == 0 && said.contains(why), "{said}");
        let (count, said) = waived(&of(&all)).await;
        assert!(count == 1 && !said.contains("waiver 1"), "{said}");
        // Each is told what it does: one is for nothing that is there, one is not needed beside the whole.
        let (count, said) = waived(&(of(&all) + &of("none/*"))).await;
        assert!(
            count == 1 && said.contains("waiver 2: it matches nothing here"),
            "{said}"
        );
        let whole = waiver(&[("rule", "\"images-signed\"")]);
        let (count, said) = waived(&(of(&all) + &whole)).await;
        assert!(
            count == 1 && said.contains("waiver 1: it is not needed") && !said.contains("waiver 2"),
            "{said}"
        );
        // Together they are for all.
        let file = of(first) + &of(&format!("{{{}}}", others.join(",")));
        let (count, said) = waived(&file).await;
        assert!(count == 2 && !said.contains("waiver 1"), "{said}");
    }
    bench.assert_no_violation();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_used_is_named_by_place_waiver_and_field() {
    let bench = Bench::start(World::demo(7));
    let second = |field: &str, value: &str| waiver(&[]) + &waiver(&[(field, value)]);
    let cases = [
        (
            second("expires", "2026-11-01"),
            "12:11: waiver 2, expires: it expired: its last day was 2026-11-01",
        ),
        (
            second("expires", "\"2026-11-01\""),
            "12:11: waiver 2, expires: it expired: its last day was 2026-11-01",
        ),
        (
            second("expires", "2999-12-31T00:00:00Z"),
            "12:11: waiver 2, expires: not a day such as 2026-12-31",
        ),
        (
            second("expires", "2999"),
            "12:11: waiver 2, expires: not a day such as 2026-12-31",
        ),
        (second("expires", ""), "7:1: waiver 2, expires: missing"),
        (second("reason", "\" \""), "12:10: waiver 2, reason: it is empty"),
        (second("reason", ""), "7:1: waiver 2, reason: missing"),
        (second("reason", "7"), "12:10: waiver 2, reason: not a text in quotes"),
        (second("owner", ""), "7:1: waiver 2, owner: missing"),
        (
            second("rule", "\"admin-user\""),
            "12:8: waiver 2, rule: no rule has the id \"admin-user\"",
        ),
        (second("rule", ""), "7:1: waiver 2, rule: missing"),
        (
            second("registry", "\"a[\""),
            "12:12: waiver 2, registry: error parsing glob 'a['",
        ),
        (second("registry", ""), "7:1: waiver 2, registry: missing"),
        (
            second("repository", "\"team/*\""),
            "13:14: waiver 2, repository: admin-user-disabled is about the registry as a whole",
        ),
        (
            second("until", "2999-12-31"),
            "13:1: waiver 2, until: not a field; fields are rule, registry",
        ),
        (
            waiver(&[]).replace("[[waiver]]", "[[waivers]]"),
            "1:3: waivers: not known here",
        ),
        (
            waiver(&[]).replace("[[waiver]]", "[waiver]"),
            "1:2: waiver: write each one as [[waiver]]",
        ),
        (second("reason", "\"not closed"), "12:"),
        (second("rule", "\"a\"\nrule = \"b\""), "13:1: duplicate key"),
    ];
    for (file, wanted) in cases {
        let ended = audit(&bench, &file, &["--fail-on", "low"]).await.expect(2);
        let wanted = format!("waivers.toml:{wanted}");
        assert!(ended.stderr.contains(&wanted), "{wanted}\n{}\n{file}", ended.stderr);
        assert_eq!(ended.stdout, "");
    }
    // All of them at once.
    let file = waiver(&[("reason", ""), ("expires", "2026-11-01")]) + &waiver(&[("rule", "\"none\"")]);
    let ended = audit(&bench, &file, &[]).await.expect(2);
    for place in [
        "waivers.toml:1:1: waiver 1, reason",
        "waivers.toml:5:11: waiver 1, expires",
        ": waiver 2, rule",
    ] {
        assert!(ended.stderr.contains(place), "{place}\n{}", ended.stderr);
    }
    let ended = run(&bench, &["audit", "--waivers", "/nowhere/waivers.toml"])
        .await
        .expect(2);
    assert!(
        ended.stderr.contains("--waivers: reading /nowhere/waivers.toml: "),
        "{}",
        ended.stderr
    );
    assert_eq!(bench.requests(simulator::Service::Arm), 0);
}
