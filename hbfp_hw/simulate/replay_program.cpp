// Program that replays the files in the current folder through the library of a compiled design.
// Usage: replay_program LIBRARY [WAVES]
#include <dlfcn.h>

#include <cstdio>

int main(int count, char** arguments) {
    void* library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    void* replay = library ? dlsym(library, "hbfp_replay") : nullptr;
    if (!replay) {
        std::fprintf(stderr, "error: %s\n", dlerror());
        return 1;
    }
    return reinterpret_cast<int (*)(const char*)>(replay)(count > 2 ? arguments[2] : nullptr);
}
