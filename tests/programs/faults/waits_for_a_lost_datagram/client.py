import socket

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for question in [b"hello", b"are you there?"]:
    s.sendto(question, ("server", 12345))
    print(s.recvfrom(65535)[0].decode())
