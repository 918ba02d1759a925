//! `WWW-Authenticate` of a registry: read to tell what was wrong, never followed.

/// The parts of a bearer challenge that matter here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    pub realm: Option<String>,
    pub service: Option<String>,
    /// `invalid_token` or `insufficient_scope`, when a token was sent.
    pub error: Option<String>,
}

impl Challenge {
    /// Reads `Bearer key="value",…`; none if it is another scheme or not well formed.
    pub fn parse(header: &str) -> Option<Self> {
        let (scheme, mut rest) = header.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut challenge = Self::default();
        loop {
            let (key, after) = rest.trim_start().split_once('=')?;
            let (value, after) = value(after)?;
            match key.trim().to_ascii_lowercase().as_str() {
                "realm" => challenge.realm = Some(value),
                "service" => challenge.service = Some(value),
                "error" => challenge.error = Some(value),
                _ => {}
            }
            let after = after.trim_start();
            if after.is_empty() {
                return Some(challenge);
            }
            rest = after.strip_prefix(',')?;
        }
    }

    /// Whether the challenge points where tokens of this login server come from. If not, somebody wants a token sent
    /// elsewhere.
    pub fn is_of(&self, login_server: &str) -> bool {
        let realm = format!("https://{login_server}/oauth2/token");
        self.realm.as_deref().is_none_or(|given| given == realm)
            && self.service.as_deref().is_none_or(|given| given == login_server)
    }
}

/// A quoted string or a bare word, and what follows it.
fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        return Some((word.trim().to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((value, quoted.get(at + 1..)?)),
            '\\' => value.push(characters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Challenge;

    #[test]
    fn reads_a_challenge() {
        let text = r#"Bearer realm="https://contoso.azurecr.io/oauth2/token",service="contoso.azurecr.io",scope="repository:a/b:pull,push",error="insufficient_scope""#;
        let challenge = Challenge::parse(text).unwrap();
        assert_eq!(challenge.error.as_deref(), Some("insufficient_scope"));
        assert!(challenge.is_of("contoso.azurecr.io"));
        assert!(!challenge.is_of("contoso.azurecr.us"));
    }

    #[test]
    fn knows_a_foreign_realm() {
        for realm in [
            "https://evil.example.com/oauth2/token",
            "http://contoso.azurecr.io/oauth2/token",
            "https://contoso.azurecr.io:8443/oauth2/token",
            "https://contoso.azurecr.io@evil.example.com/oauth2/token",
            "https://169.254.169.254/oauth2/token",
        ] {
            let challenge = Challenge::parse(&format!("Bearer realm=\"{realm}\"")).unwrap();
            assert!(!challenge.is_of("contoso.azurecr.io"), "{realm}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_challenge() {
        for text in [
            "",
            "Bearer",
            "Basic realm=\"x\"",
            "Bearer realm=\"x",
            "Bearer x",
            "Bearer a=\"b\"c=\"d\"",
        ] {
            assert_eq!(Challenge::parse(text), None, "{text}");
        }
    }
}
