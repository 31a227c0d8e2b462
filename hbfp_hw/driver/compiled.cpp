// C interface of a compiled core, for hbfp_hw/driver/compiled.py.
#include <cstdint>
#include <cstring>

#include "compiled_core.h"

// Verilator's run-time library links to this function; its value is not used here.
double sc_time_stamp() { return 0; }

extern "C" {

// Make a core in reset state; parameters as for the class Core.
void* hbfp_core_new(uint64_t operand_bytes, uint64_t row_bytes, uint32_t pause, uint32_t seed,
                    const char* waves) {
    return new Core(operand_bytes, row_bytes, pause, seed, waves);
}

void hbfp_core_delete(void* core) { delete static_cast<Core*>(core); }

void hbfp_core_reset(void* core) { static_cast<Core*>(core)->reset(); }

// Access a register; return the response code of the bus, or -1 if there is no response.
int hbfp_core_access(void* core, int write, uint32_t address, uint32_t* data) {
    return static_cast<Core*>(core)->access(write != 0, address, data);
}

// Queue a packet; its memory stays the caller's and must live until hbfp_core_done counts it.
void hbfp_core_send(void* core, int stream, const uint8_t* packet, uint64_t bytes) {
    static_cast<Core*>(core)->send(stream, packet, bytes);
}

// Return the number of sent packets of a stream. The caller may free their memory.
uint64_t hbfp_core_done(void* core, int stream) {
    return static_cast<Core*>(core)->sources[stream].done;
}

// Run until something happens, at most `cycles` cycles; return the cycles without a transfer.
uint64_t hbfp_core_run(void* core, uint64_t cycles) {
    return static_cast<Core*>(core)->run(cycles);
}

// Return the bytes of the next packet of Y, or 0 if none has arrived.
uint64_t hbfp_core_size(void* core) {
    const auto& received = static_cast<Core*>(core)->received;
    return received.empty() ? 0 : received.front().size();
}

// Copy the next packet of Y to `packet`, which has hbfp_core_size bytes, and remove it.
void hbfp_core_take(void* core, uint8_t* packet) {
    auto& received = static_cast<Core*>(core)->received;
    std::memcpy(packet, received.front().data(), received.front().size());
    received.pop_front();
}

void hbfp_core_discard(void* core) { static_cast<Core*>(core)->discard(); }

}
