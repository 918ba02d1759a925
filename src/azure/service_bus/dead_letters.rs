//! Dead letters of a queue: locked one at a time, then deleted or given back.

use azure_core::http::headers::HeaderName;
use azure_core::http::{Method, RawResponse, Request, StatusCode};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use crate::azure::{Failure, Sdk};
use crate::inventory::problem_code::ProblemCode;

/// Seconds that the broker waits for a message before it says that there is none.
const WAIT_SECONDS: &str = "1";

/// The dead-letter queue of one queue.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    url: Url,
    queue: String,
    sdk: Sdk,
}

/// A message that the queue gave up, locked for us for as long as the queue's lock lasts (5 minutes).
#[derive(Debug, Clone)]
pub struct DeadLetter {
    pub body: Vec<u8>,
    pub content_type: Option<String>,
    pub message_id: String,
    /// Which message of the queue it is; another one each time it is sent.
    pub sequence_number: u64,
    /// How often it has been given out, to dead-letter receivers too.
    pub delivery_count: u32,
    /// When it was sent, RFC 1123.
    pub enqueued: String,
    /// Why it was given up, e.g. `MaxDeliveryCountExceeded`; empty when it does not say.
    pub reason: String,
    /// The same in a sentence.
    pub description: String,
    lock: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BrokerProperties {
    message_id: String,
    sequence_number: u64,
    lock_token: Uuid,
    #[serde(default)]
    delivery_count: u32,
    #[serde(default)]
    enqueued_time_utc: String,
}

impl DeadLetters {
    /// `namespace` is the fully qualified name, e.g. `contoso.servicebus.windows.net`.
    pub fn new(namespace: &str, queue: &str, sdk: Sdk) -> Result<Self, url::ParseError> {
        let url = Url::parse(&format!("https://{namespace}/{queue}/$deadletterqueue/messages/"))?;
        Ok(Self {
            url,
            queue: queue.to_owned(),
            sdk,
        })
    }

    /// The queue that gave them up.
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// Locks the oldest dead letter that nobody has locked; none when there is none. (The REST API cannot look at a
    /// message without locking it.)
    pub async fn lock(&self) -> Result<Option<DeadLetter>, Failure> {
        let target = format!("POST {}/$deadletterqueue/messages/head", self.queue);
        let mut request = Request::new(self.at("head", &target)?, Method::Post);
        request.url_mut().query_pairs_mut().append_pair("timeout", WAIT_SECONDS);
        request.insert_header("content-length", "0");
        let response = self.sdk.send(request, &target).await?;
        if response.status() == StatusCode::NoContent {
            return Ok(None);
        }
        read(&response)
            .map(Some)
            .map_err(|error| Failure::invalid(target, ProblemCode::Malformed, format!("BrokerProperties: {error}")))
    }

    /// Takes a dead letter away for good.
    pub async fn delete(&self, letter: &DeadLetter) -> Result<(), Failure> {
        self.end_lock(letter, Method::Delete).await
    }

    /// Gives a dead letter back.
    pub async fn unlock(&self, letter: &DeadLetter) -> Result<(), Failure> {
        self.end_lock(letter, Method::Put).await
    }

    async fn end_lock(&self, letter: &DeadLetter, method: Method) -> Result<(), Failure> {
        let path = format!("{}/{}", letter.sequence_number, letter.lock);
        let target = format!(
            "{method} {}/$deadletterqueue/messages/{}",
            self.queue, letter.sequence_number
        );
        let mut request = Request::new(self.at(&path, &target)?, method);
        request.insert_header("content-length", "0");
        self.sdk.send(request, &target).await.map(drop)
    }

    fn at(&self, path: &str, target: &str) -> Result<Url, Failure> {
        self.url.join(path).map_err(|error| Failure::Refused {
            target: target.to_owned(),
            detail: error.to_string(),
        })
    }
}

/// The lock comes from the header; the address in `Location` is not followed.
fn read(response: &RawResponse) -> Result<DeadLetter, serde_json::Error> {
    let header = |name: &'static str| response.headers().get_optional_str(&HeaderName::from_static(name));
    let properties: BrokerProperties = serde_json::from_str(header("brokerproperties").unwrap_or_default())?;
    // Application properties are headers of their own, text in quotes.
    let text = |name| {
        let given = header(name).unwrap_or_default();
        serde_json::from_str(given).unwrap_or_else(|_| given.to_owned())
    };
    Ok(DeadLetter {
        body: response.body().as_ref().to_vec(),
        content_type: header("content-type").map(str::to_owned),
        message_id: properties.message_id,
        sequence_number: properties.sequence_number,
        delivery_count: properties.delivery_count,
        enqueued: properties.enqueued_time_utc,
        reason: text("deadletterreason"),
        description: text("deadlettererrordescription"),
        lock: properties.lock_token,
    })
}
