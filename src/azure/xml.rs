//! Errors in XML, as Service Bus and storage send them.

use azure_core::error::ErrorKind;

/// The text of the first element of this name in the body of an error; none where it is not XML or has no such element.
pub fn element(error: &azure_core::Error, name: &str) -> Option<String> {
    let ErrorKind::HttpResponse {
        raw_response: Some(response),
        ..
    } = error.kind()
    else {
        return None;
    };
    text(std::str::from_utf8(response.body().as_ref()).ok()?, name)
}

fn text(body: &str, name: &str) -> Option<String> {
    let (_, rest) = body.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn reads_what_stands_in_an_element() {
        let body = "<Error><Code>401</Code><Detail> no </Detail></Error>";
        assert_eq!(text(body, "Detail").as_deref(), Some("no"));
        assert_eq!(text(body, "Message"), None);
        assert_eq!(text("<Detail>cut o", "Detail"), None);
    }
}
