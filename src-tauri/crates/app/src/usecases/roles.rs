//! Who may do what, as the contract's table says it.

use std::sync::Arc;

use crate::App;
use crate::access::{Access, Caller, roles_of};
use crate::contract::*;

pub(crate) async fn show(_: &Arc<App>, _: &Caller, _: Nothing) -> Result<Vec<RoleRule>, ApiError> {
    let rule = |command: &CommandInfo| RoleRule {
        command: command.name.to_owned(),
        public: command.access == Access::Public,
        counter: matches!(command.access, Access::Public | Access::Own | Access::Counter),
        roles: roles_of(command.access).to_vec(),
    };
    Ok(COMMANDS.iter().map(rule).collect())
}
