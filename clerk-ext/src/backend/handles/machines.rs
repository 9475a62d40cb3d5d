use clerk_bapi::{
    machines::{
        CreateMachine, CreateMachineScope, DeleteMachine, DeleteMachineScope, GetMachine, GetMachineSecretKey,
        ListMachines, RotateMachineSecretKey, UpdateMachine,
    },
    types::Machine,
};
use clerk_core::MachineId;

use crate::backend::{List, handle::handle};

handle! {
    /// Machines: your own services, which of them may call which, and the secrets that they prove themselves with.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
    /// let billing = clerk.machines().create("Billing").await?;
    /// let shop = clerk.machines().create("Shop").scoped_machines([&billing.id]).await?;
    /// // Now the shop has tokens that billing accepts: see `m2m_tokens`.
    /// assert_eq!(clerk.machines().get(&shop.id).await?.scoped_machines[0].id, billing.id);
    /// # Ok(()) }
    /// ```
    Machines = machines
}

impl Machines {
    /// All machines, newest first unless ordered otherwise.
    pub fn list(&self) -> List<ListMachines, Machine> {
        List::new(self.client.list_machines())
    }

    /// Reads one machine and whom it may call, without its secret.
    pub fn get(&self, machine: impl Into<MachineId>) -> GetMachine {
        self.client.get_machine(machine)
    }

    /// Creates a machine; the answer has its secret.
    pub fn create(&self, name: impl Into<String>) -> CreateMachine {
        self.client.create_machine(name)
    }

    /// Changes the name, or how long tokens last that are made from now on.
    pub fn update(&self, machine: impl Into<MachineId>) -> UpdateMachine {
        self.client.update_machine(machine)
    }

    /// Deletes a machine; its secret is void.
    pub fn delete(&self, machine: impl Into<MachineId>) -> DeleteMachine {
        self.client.delete_machine(machine)
    }

    /// Lets `machine` call `other`.
    pub fn create_scope(&self, machine: impl Into<MachineId>, other: impl Into<MachineId>) -> CreateMachineScope {
        self.client.create_machine_scope(machine, other)
    }

    /// No longer lets `machine` call `other`.
    pub fn delete_scope(&self, machine: impl Into<MachineId>, other: impl Into<MachineId>) -> DeleteMachineScope {
        self.client.delete_machine_scope(machine, other)
    }

    /// The secret of a machine that was created earlier, for [`Backend::as_machine`](crate::backend::Backend::as_machine).
    pub fn secret_key(&self, machine: impl Into<MachineId>) -> GetMachineSecretKey {
        self.client.get_machine_secret_key(machine)
    }

    /// Gives a machine a new secret.
    ///
    /// The old one is good for so many more seconds, eight hours at most; with 0 it is void at once.
    pub fn rotate_secret_key(
        &self,
        machine: impl Into<MachineId>,
        seconds_for_the_old: impl Into<i64>,
    ) -> RotateMachineSecretKey {
        self.client.rotate_machine_secret_key(machine, seconds_for_the_old)
    }
}
