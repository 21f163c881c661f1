// libnats's objects, each with who gives it back.
#pragma once

#include <nats/nats.h>

#include <memory>

namespace station::jetstream {

template <auto destroy>
struct NativeDeleter {
    template <typename T>
    void operator()(T* object) const {
        destroy(object);
    }
};

using NativeMessage = std::unique_ptr<natsMsg, NativeDeleter<natsMsg_Destroy>>;
using NativeOptions = std::unique_ptr<natsOptions, NativeDeleter<natsOptions_Destroy>>;
using NativeConnection = std::unique_ptr<natsConnection, NativeDeleter<natsConnection_Destroy>>;

}  // namespace station::jetstream
