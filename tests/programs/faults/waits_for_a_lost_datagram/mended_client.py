import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(2)
for question in [b"hello", b"are you there?"]:
    for attempt in range(3):
        s.sendto(question, ("server", 12345))
        try:
            print(s.recvfrom(65535)[0].decode())
            break
        except TimeoutError:
            print("once more")
