import socket
import struct

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()


def receive(size):
    data = b""
    while len(data) < size:
        data += conn.recv(size - len(data))
    return data


(length,) = struct.unpack("!I", receive(4))
conn.sendall(receive(length).upper())
conn.close()
