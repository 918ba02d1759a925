//! Hostile `Link` headers: a next page is a cursor of the same list that comes after the last one, or an error.

use simulator::faults::Rule;
use simulator::faults::effect::Effect;
use simulator::{Options, Service};

use super::{Hostile, REPOSITORY, SERVER};

fn next(reference: &str) -> String {
    format!("<{reference}>; rel=\"next\"")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_leaves_its_list_is_refused() {
    let hostile = Hostile::start().await;
    let lists = [
        "/acr/v1/_catalog".to_owned(),
        format!("/acr/v1/{REPOSITORY}/_manifests"),
        format!("/acr/v1/{REPOSITORY}/_tags"),
    ];
    for list in &lists {
        for link in [
            next(&format!("https://evil.example.com{list}?last=zzz")),
            next(&format!("//evil.example.com{list}?last=zzz")),
            next(&format!("\\\\evil.example.com{list}?last=zzz")),
            next(&format!("http://{SERVER}{list}?last=zzz")),
            next(&format!("https://{SERVER}:8443{list}?last=zzz")),
            next(&format!("https://x@{SERVER}{list}?last=zzz")),
            next(&format!("http://169.254.169.254{list}?last=zzz")),
            next(&hostile.trap("https", &format!("{list}?last=zzz"))),
            next(&hostile.trap("http", &format!("{list}?last=zzz"))),
            next("/acr/v1/team-000/service-000000/_tags?last=zzz"),
            next(&format!("{list}/../../../../oauth2/token?last=zzz")),
            next("/oauth2/token?last=zzz"),
            next(&format!("{list}?n=2")),
            next(&format!("{list}?last=a&last=zzz")),
            "nonsense".to_owned(),
            format!("<{list}?last=zzz>; rel=\"prev\""),
        ] {
            hostile.header(list, "link", &link);
            let what = format!("{list}: {link}");
            let after = hostile.run(&what).await;
            assert!(
                after.codes.iter().any(|code| code == "hostile-link"),
                "{what}: {after:?}"
            );
        }
    }
    hostile.recovers().await;
}

/// Pages of one item, so that there are three in the catalog and in every list.
async fn in_small_pages() -> Hostile {
    let options = Options {
        maximum_page: 1,
        default_page: 1,
        ..Options::default()
    };
    Hostile::start_with(options, &[("ACR_INVENTORY_PAGE_SIZE", "1")]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cursor_that_goes_in_circles_ends_the_list() {
    let hostile = in_small_pages().await;
    let tags = format!("/acr/v1/{REPOSITORY}/_tags");
    for (list, first) in [("/acr/v1/_catalog", "team-000%2Fservice-000000"), (&tags, "v000000")] {
        // The second page names the first page's cursor: itself, and then one before it.
        for cursor in [first, "0", ""] {
            let link = Effect::Header {
                name: "link".to_owned(),
                value: next(&format!("{list}?last={cursor}&n=1&orderby=")),
            };
            let rule = Rule::new(link).service(Service::Registry).path(list).skip(1);
            hostile.app.tenant.simulator.faults().add(rule);
            let what = format!("{list} back to {cursor:?}");
            let after = hostile.run(&what).await;
            let told = after.codes.iter().any(|code| code == "cursor-not-advancing");
            assert!(told, "{what}: {after:?}");
        }
    }
    hostile.recovers().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_pages_with_a_next_page_end_the_list() {
    let hostile = Hostile::start().await;
    let list = format!("/acr/v1/{REPOSITORY}/_tags");
    hostile.header(&list, "link", &next(&format!("{list}?last=zzz&n=1&orderby=")));
    hostile.body(
        &list,
        format!(r#"{{"registry":"{SERVER}","imageName":"{REPOSITORY}","tags":[]}}"#),
    );
    let after = hostile.run("empty tag pages").await;
    assert!(after.codes.contains(&"cursor-not-advancing".to_owned()), "{after:?}");
    hostile.header("_catalog", "link", &next("/acr/v1/_catalog?last=zzz&n=1&orderby="));
    hostile.body("_catalog", r#"{"repositories":[]}"#);
    let after = hostile.run("empty catalog pages").await;
    assert!(after.codes.contains(&"cursor-not-advancing".to_owned()), "{after:?}");
    hostile.recovers().await;
}
