/* Asks a socket for an option so many times, and writes how many nanoseconds a call took into a file. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

int main(int count, char **words) {
    if (count != 3) return 2;
    long turns = atol(words[1]);
    int s = socket(AF_INET, SOCK_DGRAM, 0), value;
    socklen_t size = sizeof value;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (long turn = 0; turn < turns; turn++) getsockopt(s, SOL_SOCKET, SO_RCVBUF, &value, &size);
    clock_gettime(CLOCK_MONOTONIC, &end);
    FILE *file = fopen(words[2], "w");
    long taken = (end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec;
    fprintf(file, "%ld\n", taken / turns);
    return fclose(file);
}
