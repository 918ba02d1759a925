//! The certificate authority of one simulator: made when it starts, valid for a week around now.

use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use time::Duration;

/// Every name that a client of the simulated Azure may connect to.
const NAMES: &[&str] = &[
    "*.azurecr.io",
    "*.azurecr.us",
    "*.azurecr.cn",
    "*.blob.core.windows.net",
    "*.servicebus.windows.net",
    "management.azure.com",
    "login.microsoftonline.com",
    "graph.microsoft.com",
    "localhost",
    "127.0.0.1",
];

/// The TLS configuration of the server and the authority's certificate (PEM) that clients must trust.
/// `more` names are added: `*.localhost` would not do, since clients refuse a wildcard below a single label.
pub(super) fn make(more: impl IntoIterator<Item = String>) -> anyhow::Result<(Arc<ServerConfig>, String)> {
    let (ca_pem, issuer) = authority().context("making the simulator's certificate authority")?;
    let known = NAMES.iter().map(|name| (*name).to_owned());
    let names: Vec<String> = known.chain(more).collect();
    let mut params = CertificateParams::new(names).context("naming the simulator's certificate")?;
    params
        .distinguished_name
        .push(DnType::CommonName, "acr-inventory simulator");
    params.use_authority_key_identifier_extension = true;
    params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    validity(&mut params);
    let key = KeyPair::generate().context("making the simulator's key")?;
    let leaf = params
        .signed_by(&key, &issuer)
        .context("signing the simulator's certificate")?;

    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .context("choosing the simulator's TLS versions")?
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key)
        .context("installing the simulator's certificate")?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((Arc::new(config), ca_pem))
}

fn authority() -> Result<(String, Issuer<'static, KeyPair>), rcgen::Error> {
    let mut params = CertificateParams::new(Vec::default())?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(DnType::CommonName, "acr-inventory simulator authority");
    params.key_usages.push(KeyUsagePurpose::DigitalSignature);
    params.key_usages.push(KeyUsagePurpose::KeyCertSign);
    validity(&mut params);
    let key = KeyPair::generate()?;
    let certificate = params.self_signed(&key)?;
    Ok((certificate.pem(), Issuer::new(params, key)))
}

fn validity(params: &mut CertificateParams) {
    let now = crate::clock::system_time();
    params.not_before = now - Duration::days(1);
    params.not_after = now + Duration::days(7);
}
