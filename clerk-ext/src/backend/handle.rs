/// A handle: the operations of one subject, on a client of its own.
///
/// With `<M>` the answers of some of them carry metadata.
macro_rules! handle {
    ($(#[$about:meta])* $name:ident<M> = $method:ident) => {
        $(#[$about])*
        pub struct $name<M: $crate::metadata::Metadata = clerk_core::Json> {
            client: clerk_bapi::Client,
            metadata: ::std::marker::PhantomData<fn() -> M>,
        }

        impl<M: $crate::metadata::Metadata> Clone for $name<M> {
            fn clone(&self) -> Self {
                Self { client: self.client.clone(), metadata: ::std::marker::PhantomData }
            }
        }

        impl<M: $crate::metadata::Metadata> ::std::fmt::Debug for $name<M> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl<M: $crate::metadata::Metadata> $crate::backend::Backend<M> {
            #[doc = concat!("What can be done with its subject: [`", stringify!($name), "`] says it, with an example.")]
            #[must_use]
            pub fn $method(&self) -> $name<M> {
                $name { client: self.raw().clone(), metadata: ::std::marker::PhantomData }
            }
        }
    };
    ($(#[$about:meta])* $name:ident = $method:ident) => {
        $(#[$about])*
        #[derive(Clone)]
        pub struct $name {
            client: clerk_bapi::Client,
        }

        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl<M: $crate::metadata::Metadata> $crate::backend::Backend<M> {
            #[doc = concat!("What can be done with its subject: [`", stringify!($name), "`] says it, with an example.")]
            #[must_use]
            pub fn $method(&self) -> $name {
                $name { client: self.raw().clone() }
            }
        }
    };
}

pub(super) use handle;
