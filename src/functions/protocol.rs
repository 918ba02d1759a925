//! Invocations as the Functions host sends them.
//!
//! `{"Data":{"<binding>":…},"Metadata":{…}}`. Strings are JSON in JSON, bytes are base64, a timer is an object. Fields of
//! a message that the host takes for text overwrite `Metadata`, which then says whatever the sender wants: of it only the
//! delivery count is read, and only beside bytes.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::Value;

/// An invocation that cannot be decoded.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    #[error("the invocation is not the JSON that a Functions host sends: {0}")]
    Malformed(String),
    #[error("the invocation has no binding {0:?}")]
    NoBinding(&'static str),
    #[error("binding {binding:?}: {why}")]
    Binding { binding: &'static str, why: String },
}

/// What the host posts for every trigger that is not a proxied HTTP request.
#[derive(Debug, Deserialize)]
pub struct Invocation {
    #[serde(rename = "Data")]
    data: serde_json::Map<String, Value>,
    #[serde(rename = "Metadata", default)]
    metadata: Value,
}

impl Invocation {
    /// Reads the body of an invocation.
    pub fn decode(body: &[u8]) -> Result<Self, ProtocolError> {
        serde_json::from_slice(body).map_err(|error| ProtocolError::Malformed(error.to_string()))
    }

    /// How often the broker has given the message out, this time included; 1 if it does not say.
    fn delivery_count(&self) -> u32 {
        let count = self.metadata.get("DeliveryCount");
        let count = count.and_then(|count| match count {
            Value::String(text) => text.parse().ok(),
            count => count.as_u64(),
        });
        count.and_then(|count| u32::try_from(count).ok()).unwrap_or(1)
    }

    fn binding(&mut self, name: &'static str) -> Result<Value, ProtocolError> {
        self.data.remove(name).ok_or(ProtocolError::NoBinding(name))
    }
}

/// What a handler takes, made from an invocation.
pub trait FromInvocation: Sized + Send + 'static {
    /// Decodes the trigger's binding.
    fn from_invocation(invocation: Invocation) -> Result<Self, ProtocolError>;
}

/// `timerTrigger`, binding `timer`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Timer {
    /// The timer should have fired earlier and did not.
    #[serde(default)]
    pub is_past_due: bool,
}

impl FromInvocation for Timer {
    fn from_invocation(mut invocation: Invocation) -> Result<Self, ProtocolError> {
        let timer = invocation.binding("timer")?;
        serde_json::from_value(timer).map_err(|error| ProtocolError::Binding {
            binding: "timer",
            why: error.to_string(),
        })
    }
}

/// `serviceBusTrigger`, binding `message`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueMessage {
    /// Byte for byte.
    pub body: Vec<u8>,
    /// How often it was given out, this time included; 1 where that cannot be trusted.
    pub delivery_count: u32,
}

impl FromInvocation for QueueMessage {
    /// With `dataType: binary` the value is base64; without, it is a JSON string in a string. The two cannot be
    /// confused: a JSON string begins with a quote, which no base64 has.
    fn from_invocation(mut invocation: Invocation) -> Result<Self, ProtocolError> {
        let wrong = |why: String| ProtocolError::Binding {
            binding: "message",
            why,
        };
        let value = invocation.binding("message")?;
        let text = value.as_str().ok_or_else(|| wrong("not a string".to_owned()))?;
        if text.starts_with('"') {
            let text: String = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
            return Ok(Self {
                body: text.into_bytes(),
                delivery_count: 1,
            });
        }
        let body = BASE64_STANDARD.decode(text).map_err(|error| wrong(error.to_string()))?;
        Ok(Self {
            body,
            delivery_count: invocation.delivery_count(),
        })
    }
}

/// An HTTP request, whether the host passed it on as it came or wrapped it in an invocation.
#[derive(Debug)]
pub struct HttpRequest {
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl FromInvocation for HttpRequest {
    /// The form of a host that does not proxy: binding `req`, headers as lists, body as text.
    fn from_invocation(mut invocation: Invocation) -> Result<Self, ProtocolError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Request {
            #[serde(default)]
            headers: std::collections::BTreeMap<String, Vec<String>>,
            #[serde(default)]
            body: Option<String>,
        }
        let wrong = |why: String| ProtocolError::Binding { binding: "req", why };
        let request = invocation.binding("req")?;
        let request: Request = serde_json::from_value(request).map_err(|error| wrong(error.to_string()))?;
        let mut headers = axum::http::HeaderMap::new();
        for (name, values) in &request.headers {
            for value in values {
                let name = axum::http::HeaderName::try_from(name).map_err(|error| wrong(error.to_string()))?;
                let value = axum::http::HeaderValue::try_from(value).map_err(|error| wrong(error.to_string()))?;
                headers.append(name, value);
            }
        }
        Ok(Self {
            headers,
            body: request.body.unwrap_or_default().into_bytes(),
        })
    }
}

/// The answer to an invocation. `{}` is the least that the host takes for a success; an empty body, 204 or `null`
/// would hang it until it kills the process.
pub fn success(value: Value) -> Value {
    match value {
        Value::Null => serde_json::json!({}),
        value => serde_json::json!({ "Logs": [value.to_string()] }),
    }
}

/// The answer to a wrapped HTTP request.
pub fn http_output(status: u16, body: &Value) -> Value {
    serde_json::json!({
        "Outputs": { "res": { "statusCode": status, "headers": { "content-type": "application/json" }, "body": body.to_string() } }
    })
}
