//! What a refusal of a registry, or of Resource Manager about one, comes from.

use std::net::IpAddr;

use super::Known;
use crate::access::action::Mode;
use crate::access::builtin;
use crate::azure::Failure;
use crate::check::fix::{self, Fix, Place};
use crate::check::report::{Check, Failed};
use crate::inventory::problem::Code;
use crate::inventory::problem_code::ProblemCode;
use crate::posture::remediation::{Command, az};

impl Known<'_> {
    /// The failure of a check, with what mends it.
    pub(super) fn failed(&self, check: Check, failure: &Failure) -> Failed {
        let fixes = match failure {
            Failure::Denied { code, message, .. } => self.fixes(check, code, message),
            _ => Vec::new(),
        };
        Failed {
            detail: failure.to_string(),
            fixes,
        }
    }

    fn fixes(&self, check: Check, code: &Code, message: &str) -> Vec<Fix> {
        if *code == ProblemCode::Firewall {
            vec![self.firewall(message)]
        } else if *code == ProblemCode::Credential {
            // The log-in has said what is to be said.
            Vec::new()
        } else if self.identity.is_none() {
            vec![fix::sign_in()]
        } else {
            self.roles(check)
        }
    }

    /// The roles that are missing. Whoever has a role that gives nothing lacks all those of the registry's mode, also
    /// those whose checks have not been tried.
    fn roles(&self, check: Check) -> Vec<Fix> {
        let is_data = !matches!(check, Check::ReadConfiguration | Check::ReadRoleAssignments);
        let Some(inert) = self.inert().filter(|_| is_data) else {
            return fix::roles(check, self.mode, self.place(), self.identity);
        };
        let mut fixes = fix::roles(Check::Token, self.mode, self.place(), self.identity);
        for fix in &mut fixes {
            fix.why = format!("{inert}; {}", fix.why);
        }
        fixes
    }

    fn place(&self) -> Place<'_> {
        match &self.registry.registry_id {
            Some(id) => Place::Registry(id),
            None => Place::LoginServer(&self.registry.login_server),
        }
    }

    /// What the identity has that is of no use in the registry's mode.
    fn inert(&self) -> Option<String> {
        const LEGACY: [&str; 3] = [builtin::ACR_PULL, builtin::ACR_PUSH, builtin::ACR_DELETE];
        const ABAC: [&str; 4] = [
            builtin::REPOSITORY_READER,
            builtin::REPOSITORY_WRITER,
            builtin::REPOSITORY_CONTRIBUTOR,
            builtin::CATALOG_LISTER,
        ];
        let (useless, mode) = match self.mode? {
            Mode::Legacy => (ABAC.as_slice(), "legacy"),
            Mode::Abac => (LEGACY.as_slice(), "ABAC"),
        };
        let held = self.roles.iter().find(|held| useless.contains(&held.as_str()))?;
        let name = &builtin::role(held)?.name;
        Some(format!(
            "the identity has {name} here, which gives nothing on a registry in {mode} mode"
        ))
    }

    /// The address that was kept out, let in.
    fn firewall(&self, message: &str) -> Fix {
        let named = message.split('\'').find_map(|word| word.parse::<IpAddr>().ok());
        if let Some(address) = named.filter(|address| !can_be_in_a_rule(*address)) {
            return self.private_endpoint(address);
        }
        let address = named.map_or("<address>".to_owned(), |address| address.to_string());
        let rule = self.acr("acr network-rule add").option("ip-address", &address);
        let rules = format!("defaultAction: 'Deny', ipRules: [ {{ action: 'Allow', value: '{address}' }} ]");
        if !self.is_closed {
            let why = format!("the registry's network rules keep {address} out");
            return Fix::other(&why, [rule], Some(format!("networkRuleSet: {{ {rules} }}")));
        }
        let why = format!(
            "the registry's public endpoint is closed, to {address} as to all: run where a private endpoint of it is, or open it for this address alone"
        );
        let open = self.acr("acr update").option("public-network-enabled", "true");
        let bicep = format!("publicNetworkAccess: 'Enabled', networkRuleSet: {{ {rules} }}");
        Fix::other(&why, [open.option("default-action", "Deny"), rule], Some(bicep))
    }

    /// The way to the registry of an address that no rule can let in.
    fn private_endpoint(&self, address: IpAddr) -> Fix {
        let server = self.registry.login_server.as_str();
        let zone = server.split_once('.').map_or(server, |(_, domain)| domain);
        let why = format!(
            "the registry sees {address}, which its IP rules cannot let in: they take public IPv4 addresses alone. Within a private network it is reached through a private endpoint that is approved, with {server} resolved by the private DNS zone privatelink.{zone} that is linked to this network"
        );
        let endpoints = self.acr_of("acr private-endpoint-connection list", "registry-name");
        let records = az("network private-dns record-set a list")
            .option("zone-name", &format!("privatelink.{zone}"))
            .option("resource-group", "<resource group of the zone>");
        Fix::other(&why, [endpoints, records], None)
    }

    /// A command about the registry itself.
    fn acr(&self, verb: &str) -> Command {
        self.acr_of(verb, "name")
    }

    /// The same, for a command that calls the registry's name otherwise.
    fn acr_of(&self, verb: &str, name: &str) -> Command {
        match &self.registry.registry_id {
            Some(id) => az(verb)
                .option(name, id.name())
                .option("resource-group", id.resource_group())
                .option("subscription", id.subscription()),
            None => az(verb).option(name, self.registry.login_server.registry_name()),
        }
    }
}

/// Whether an IP rule of a registry can be about it: IPv4, and neither of a private network (RFC 1918), nor shared by a
/// carrier (RFC 6598), nor of a link or this machine.
fn can_be_in_a_rule(address: IpAddr) -> bool {
    let IpAddr::V4(v4) = address else { return false };
    let [first, second, ..] = v4.octets();
    let is_shared = first == 100 && (64..128).contains(&second);
    !(v4.is_private() || is_shared || v4.is_link_local() || v4.is_loopback() || v4.is_unspecified())
}
