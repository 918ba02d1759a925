//! `Metadata.RetryContext`: which try this is, and how the one before failed.

use serde_json::{Value, json};
use uuid::Uuid;

/// What a function with a retry policy is told of its tries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryContext {
    /// 0 for the first try.
    pub retry_count: u32,
    pub max_retry_count: u32,
    /// All tries have it in common.
    pub invocation_id: Uuid,
}

impl RetryContext {
    pub(super) fn encode(&self, function: &str) -> Value {
        json!({
            "RetryCount": self.retry_count,
            "MaxRetryCount": self.max_retry_count,
            "Exception": (self.retry_count > 0).then(|| self.exception(function)),
            "Instance": null,
            "State": {},
        })
    }

    /// The exception of the try before, as .NET serialises it. Its stack traces make it kilobytes.
    fn exception(&self, function: &str) -> Value {
        const RESULT: i32 = -2_146_233_088;
        let frame = "   at Simulated.Host.Executor.InvokeAsync(Context context) in /_/src/Executor.cs:line 1\n";
        json!({
            "InstanceId": self.invocation_id.to_string(),
            "MethodName": format!("Host.Functions.{function}"),
            "Handled": false,
            "ClassName": "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
            "Message": format!("Exception while executing function: Functions.{function}"),
            "Data": null,
            "InnerException": {
                "HttpRequestError": 0,
                "StatusCode": 500,
                "Message": "Response status code does not indicate success: 500 (Internal Server Error).",
                "Data": {},
                "InnerException": null,
                "HelpLink": null,
                "Source": "System.Net.Http",
                "HResult": RESULT,
                "StackTrace": frame.repeat(20),
            },
            "HelpURL": null,
            "StackTraceString": frame.repeat(10),
            "RemoteStackTraceString": null,
            "RemoteStackIndex": 0,
            "ExceptionMethod": null,
            "HResult": RESULT,
            "Source": "System.Private.CoreLib",
            "WatsonBuckets": null,
        })
    }
}
