// Access to ports of a Verilator model as bytes, whatever C++ type Verilator gives a port.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "verilated.h"

namespace {

// Set a port to `bytes` bytes of `data`; its upper bits become 0.
template <class T>
void load(T& port, const uint8_t* data, uint64_t bytes) {
    uint64_t value = 0;
    std::memcpy(&value, data, bytes);
    port = static_cast<T>(value);
}

template <std::size_t N>
void load(VlWide<N>& port, const uint8_t* data, uint64_t bytes) {
    std::memset(port.data(), 0, 4 * N);
    std::memcpy(port.data(), data, bytes);
}

// Set the low `count` bits of a port to 1 and the others to 0; `count` is at least 1.
template <class T>
void set_low_bits(T& port, uint64_t count) {
    port = static_cast<T>(~uint64_t{0} >> (64 - count));
}

template <std::size_t N>
void set_low_bits(VlWide<N>& port, uint64_t count) {
    for (std::size_t word = 0; word < N; ++word) {
        const uint64_t first = 32 * word;
        const uint64_t bits = count <= first ? 0 : count - first < 32 ? count - first : 32;
        port[word] = static_cast<uint32_t>((uint64_t{1} << bits) - 1);
    }
}

// Append the low `bytes` bytes of a port to a packet.
template <class T>
void append(std::vector<uint8_t>& packet, const T& port, uint64_t bytes) {
    const uint64_t value = port;
    const auto* data = reinterpret_cast<const uint8_t*>(&value);
    packet.insert(packet.end(), data, data + bytes);
}

template <std::size_t N>
void append(std::vector<uint8_t>& packet, const VlWide<N>& port, uint64_t bytes) {
    const auto* data = reinterpret_cast<const uint8_t*>(port.data());
    packet.insert(packet.end(), data, data + bytes);
}

}  // namespace
