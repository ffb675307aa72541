import socket
import time

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
time.sleep(0.05)  # something else to do
size = 0
while data := conn.recv(65536):
    size += len(data)
print("got", size, "bytes")
conn.close()
