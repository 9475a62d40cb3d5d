/// Which addresses belong to an organization, or to the personal account: whoever goes there has it made active.
#[derive(Clone, Debug, Default)]
pub struct OrganizationSync {}
