#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char data[1024];
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &server.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&server, sizeof server) != 0) {
        perror("connect");
        return 1;
    }
    ssize_t size = read(s, data, sizeof data);
    printf("%.*s\n", (int)size, data);
    close(s);
    return 0;
}
