//! What the registry holds: locked production tags, and signatures.

use super::super::answer::{Answer, Early, Quote, fail, not_applicable, pass, unknown};
use super::super::case::Case;
use super::super::inventory_summary::InventorySummary;
use super::super::remediation::Command;
use super::super::rule::{Category, Rule};
use super::super::source::Source;
use super::super::verdict::Severity;

pub(in super::super) const LOCKED_TAGS: Rule = Rule {
    id: "immutable-tags-locked",
    title: "Production tags cannot be overwritten",
    severity: Severity::High,
    category: Category::Inventory,
    contested: false,
    needs: &[Source::Inventory],
    decided_by: "changeableAttributes.writeEnabled of tags that match the profile's production patterns, and of their manifests",
    passes_when: "`writeEnabled` is false on every production tag or on its manifest",
    not_applicable_when: "the profile names no pattern, or no tag matches",
    unknown_when: "there is no inventory, or it is partial and shows no failure",
    docs: "Whoever may push can move an unlocked tag to another image, and the next deployment runs that.",
    evaluate: locked_tags,
};

pub(in super::super) const SIGNED_IMAGES: Rule = Rule {
    id: "images-signed",
    title: "Images are signed",
    severity: Severity::Medium,
    category: Category::Inventory,
    contested: false,
    needs: &[Source::Inventory],
    decided_by: "Notary Project and cosign referrers of tagged images",
    passes_when: "the share of tagged images with a signature is at least the profile's",
    not_applicable_when: "no image is tagged",
    unknown_when: "there is no inventory, it is partial, or signatures whose image it does not tell could be enough",
    docs: "A signature lets a cluster refuse what did not come from the build.",
    evaluate: signed_images,
};

/// The inventory, or the unknown that stands for it.
fn summary<'a>(case: &Case<'a>) -> Result<&'a InventorySummary, Early> {
    case.inventory
        .ok_or_else(|| unknown(Quote::default(), "There is no inventory of the registry yet."))
}

fn partial(quote: Quote) -> Early {
    unknown(
        quote,
        "The inventory is partial, and what is missing could change the answer.",
    )
}

fn locked_tags(case: &Case<'_>) -> Answer {
    let patterns = &case.profile.production_tag_patterns;
    if patterns.is_empty() {
        return Err(not_applicable(
            Quote::default(),
            "The profile names no pattern of production tags.",
        ));
    }
    let inventory = summary(case)?;
    let tags = &inventory.production_tags;
    let quote = Quote::default()
        .and("patterns", patterns.clone())
        .and("locked", tags.locked)
        .and("unlocked", tags.unlocked);
    if tags.unlocked == 0 {
        return match (inventory.complete, tags.locked) {
            (false, _) => Err(partial(quote)),
            (true, 0) => Err(not_applicable(quote, "No tag matches the patterns of production tags.")),
            (true, _) => pass(quote, "Every production tag is locked, or its manifest is."),
        };
    }
    let lock = |image: &String| repository(case, "update", image).option("write-enabled", "false");
    let remediation = case.evidence.remedy(
        tags.unlocked_examples.iter().map(lock),
        "Services > Repositories",
        "open the repository and the tag, choose Properties and turn Write off; the commands name the first few",
    );
    let quote = quote.and("examples", tags.unlocked_examples.clone());
    fail(
        quote,
        format!("{} production tags can be overwritten.", tags.unlocked),
        remediation,
    )
}

fn signed_images(case: &Case<'_>) -> Answer {
    let inventory = summary(case)?;
    let (tagged, signed) = (inventory.tagged_images, inventory.signed_images);
    let wanted = case.profile.signed_share_percent;
    let quote = Quote::default()
        .and("taggedImages", tagged)
        .and("signedImages", signed)
        .and("wantedPercent", wanted);
    if !inventory.complete {
        return Err(partial(quote));
    }
    if tagged == 0 {
        return Err(not_applicable(quote, "No image is tagged."));
    }
    if u128::from(signed) * 100 >= u128::from(tagged) * u128::from(wanted) {
        return pass(quote, format!("At least {wanted} % of the tagged images are signed."));
    }
    let at_most = signed.saturating_add(inventory.unattributed_signatures).min(tagged);
    if u128::from(at_most) * 100 >= u128::from(tagged) * u128::from(wanted) {
        let quote = quote.and("unattributedSignatures", inventory.unattributed_signatures);
        let sentence = "There are signatures whose image the inventory does not tell; they could be enough.";
        return Err(unknown(quote, sentence));
    }
    let look = |image: &String| {
        let command = case.evidence.acr_data("manifest list-referrers");
        command.option("registry", &case.evidence.name).option("name", image)
    };
    let remediation = case.evidence.remedy(
        inventory.unsigned_examples.iter().map(look),
        "Services > Repositories",
        "open an image and look at its referrers; sign in the build, with notation and a key in Key Vault or with cosign",
    );
    let quote = quote.and("examples", inventory.unsigned_examples.clone());
    let sentence = format!("{signed} of {tagged} tagged images are signed; {wanted} % are wanted.");
    fail(quote, sentence, remediation)
}

/// `az acr repository` on one image.
fn repository(case: &Case<'_>, verb: &str, image: &str) -> Command {
    let command = case.evidence.acr_data(&format!("repository {verb}"));
    command.option("name", &case.evidence.name).option("image", image)
}
