//! Large bodies on the wire of the built handler: every byte is taken before the answer comes, and the connection is not
//! reset under whoever still sends.

use simulator::Options;
use simulator::tenant::Tenant;
use simulator::world::World;

use crate::handler_process::Handler;

fn request(path: &str, framing: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Azure-Functions-InvocationId: 5f1b4c1e-0000-4000-8000-00000000ffff\r\n\
         Content-Type: application/json\r\n{framing}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_refused_is_taken_to_its_last_byte() {
    let tenant = Tenant::start(World::sized(1, 1), Options::default()).unwrap();
    let store = tempfile::tempdir().unwrap();
    let mut settings = tenant.function_app_settings(store.path().to_str().unwrap());
    settings.push(("SSL_CERT_DIR".to_owned(), tenant.folder().display().to_string()));
    let handler = Handler::start(settings).await;
    for path in [
        "/api/webhooks/acr",
        "/api/Webhooks/ACR/",
        "/receive-webhook",
        "/refresh-registry",
    ] {
        let size = 8 << 20;
        let sized = request(path, &format!("Content-Length: {size}"), &vec![b' '; size]);
        assert_eq!(handler.send(&sized).await.status, 413, "{path}");
        let chunk = [b"100000\r\n".to_vec(), vec![b' '; 1 << 20], b"\r\n".to_vec()].concat();
        let chunks = [chunk.repeat(8), b"0\r\n\r\n".to_vec()].concat();
        let chunked = request(path, "Transfer-Encoding: chunked", &chunks);
        assert_eq!(handler.send(&chunked).await.status, 413, "{path}, chunked");
    }
    // Nobody is authentic yet, and everybody is answered.
    let small = request("/api/WEBHOOKS/acr/", "Content-Length: 2", b"{}");
    assert_eq!(handler.send(&small).await.status, 401);
    handler.stop().await;
}
