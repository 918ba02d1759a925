//! Work beside the function app's: a laptop that collects, people who read.

use std::future::Future;

use super::Life;

/// What a helper tells the life when it is done.
pub(super) type Done = Box<dyn FnOnce(&mut Life) + Send>;

impl Life {
    /// Begins something that the life waits for, and that says then what came of it; `id`: that of its requests.
    pub(crate) fn spawn_helper<T: Send + 'static>(
        &mut self,
        id: u64,
        work: impl Future<Output = T> + Send + 'static,
        tell: impl FnOnce(&mut Self, T) + Send + 'static,
    ) {
        let task = self.helpers.spawn(async move {
            let came = work.await;
            let done: Done = Box::new(move |life| tell(life, came));
            done
        });
        self.helping.insert(id, task);
    }

    /// A helper is killed: nobody takes its place.
    pub(super) fn kill_helper(&mut self, id: u64) {
        if let Some(task) = self.helping.remove(&id) {
            self.network.state().line(id, "helper", "killed");
            task.abort();
            self.laptop_is_gone(id);
        }
    }

    /// The number of the next helper.
    pub(crate) fn helper(&mut self) -> u64 {
        self.next_helper += 1;
        self.next_helper
    }
}
