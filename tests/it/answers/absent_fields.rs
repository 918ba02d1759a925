//! What the registry does not say is not made up: no empty time, no size of 0.

use simulator::faults::alteration::{Alteration, Change};
use simulator::faults::effect::Effect;

use super::{Answers, SERVER};

const FIELDS: [&str; 3] = ["createdTime", "lastUpdateTime", "imageSize"];

#[tokio::test(flavor = "multi_thread")]
async fn absent_fields_stay_absent() {
    for change in [
        vec![Change::Without(&FIELDS)],
        FIELDS.map(|field| Change::Set(field, "null".to_owned())).to_vec(),
    ] {
        let answers = Answers::start(1, 2, false).await;
        let name = answers.repositories().remove(0);
        // One field of an answer at a time can be altered; all of them in turn.
        for change in change {
            let what = format!("{change:?}");
            let gone: Vec<&str> = match &change {
                Change::Without(fields) => fields.to_vec(),
                Change::Set(field, _) => vec![field],
                _ => unreachable!(),
            };
            answers.clear();
            let path = format!("/acr/v1/{name}");
            answers.fault(&path, Effect::Alter(Alteration::answer(change.clone())));
            for list in ["manifests", "tags"] {
                let alteration = Alteration::items(list, change.clone());
                answers.fault(&format!("{path}/_{list}"), Effect::Alter(alteration));
            }
            answers.run().await;
            assert_eq!(
                (answers.completeness().as_str(), answers.codes()),
                ("complete", vec![]),
                "{what}"
            );
            // After an event the attributes are read too.
            answers.app.ask_for(SERVER, &name, None);
            answers.app.deliver().await;
            let lines = answers.lines(&name);
            assert_eq!(lines.len(), 6, "{what}");
            let end = lines.last().unwrap();
            for field in gone {
                for line in &lines[1..5] {
                    assert_eq!(line.get(field), None, "{what}: {line}");
                }
                if field == "imageSize" {
                    assert_eq!(end["bytes"], 0, "{what}");
                } else {
                    assert_eq!(end["attributes"].get(field), None, "{what}: {end}");
                }
            }
            assert!(
                !answers.app.blob(&super::document(&name)).unwrap().contains("\"\""),
                "{what}"
            );
            // Read back, compared, kept: nothing changes, and nothing is lost when a list is cut short.
            answers.run().await;
            assert_eq!(answers.lines(&name), lines, "{what}");
            answers.body(&format!("{path}/_manifests"), "{}");
            answers.run().await;
            assert_eq!(answers.completeness(), "partial", "{what}");
            assert_eq!(answers.lines(&name)[1..5], lines[1..5], "{what}");
        }
        answers.clear();
        answers.run().await;
        let lines = answers.lines(&name);
        assert!(
            lines[1]["imageSize"].is_u64() && lines[1]["createdTime"].is_string(),
            "{lines:#?}"
        );
    }
}
